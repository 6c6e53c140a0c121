"""The command that starts vLLM, with the reason of each flag."""

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.listening import reached_by
from workers.gpu.hardware import Gpu
from workers.gpu.presets import Preset

QUEUED_REQUESTS = 512
"""Requests in the server, running or waiting, above which it answers 503; without it the queue has no end."""
BATCHED_TOKENS = 16_384
"""Of one step, and of what the vision encoder does in one: 8,192 would be three full pages."""

FORBIDDEN = {
    "--trust-request-mm-kwargs": "a request's own processor arguments kill the engine on Llama 4",
    "--host": "use the option --host",
    "--port": "use the option --port",
    "--uds": "the engine is watched over HTTP",
    "--served-model-name": "the preset names the model, and requests ask for it by that name",
    "--api-key": "it would be seen in the list of processes; set VLLM_API_KEY",
    "--config": "a file could set what is refused here",
}

VARIABLES = {
    "HF_HUB_OFFLINE": "1",  # the model is on this host, or it is not served
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0",
}
_NOT_PASSED_ON = re.compile(r"SHEAF_.*|PYTHON.*|VIRTUAL_ENV")
"""Our secrets, and our interpreter's ways: the engine has an environment of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A program with its arguments, and the variables that are set for it on top of ours."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    url: str
    """Where it answers, as seen from this host."""
    served_as: str

    def environment(self, ours: Mapping[str, str] | None = None) -> dict[str, str]:
        """All variables for the engine."""
        kept = (ours if ours is not None else os.environ).items()
        return {name: value for name, value in kept if not _NOT_PASSED_ON.fullmatch(name)} | dict(self.variables)

    def shell(self) -> str:
        """As one would type it; a line for each flag."""
        variables = [f"{name}={shlex.quote(value)}" for name, value in self.variables.items()]
        lines = [" ".join(variables), shlex.join(self.arguments[:3])]
        for argument in self.arguments[3:]:
            if argument.startswith("-"):
                lines.append(argument)
            else:
                lines[-1] += f" {shlex.quote(argument)}"
        return " \\\n  ".join(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Which program serves which files, and where."""

    vllm: str = "vllm"
    model: Path | None = None
    """A folder with a checkpoint; otherwise the preset's, from the Hugging Face cache of this host."""
    host: str = "127.0.0.1"
    port: int = 8100


def serve_command(preset: Preset, place: Place, gpus: Sequence[Gpu] = (), extra: Sequence[str] = ()) -> Command:
    """The whole command. `gpus` are those to use where not all are to be used; `extra` flags come last and win.

    Raises:
        SettingsError: the model is no folder, or an extra flag would break what we rely on.
    """
    _check_extra(extra)
    flags = (
        ("--served-model-name", preset.served_as),
        ("--host", place.host),
        ("--port", str(place.port)),
        ("--max-model-len", str(preset.context_tokens)),
        ("--limit-mm-per-prompt", json.dumps({"image": preset.images})),
        ("--max-num-batched-tokens", str(BATCHED_TOKENS)),
        ("--max-num-queued-reqs", str(QUEUED_REQUESTS)),
        # vLLM turns it on by itself above 32,768 tokens; pinned, results do not change with --max-model-len.
        ("--override-generation-config", json.dumps({"attn_temperature_tuning": True})),
        # Whitespace between JSON tokens is free otherwise, and a model can fill its answer with it.
        ("--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})),
        ("--enable-prefix-caching",),
        ("--enable-chunked-prefill",),
        ("--enable-prompt-tokens-details",),
        # We ask every second; the log is for what matters.
        ("--disable-access-log-for-endpoints", "/health,/metrics"),
    )
    shared = tuple(part for flag in flags for part in flag)
    visible = {"CUDA_VISIBLE_DEVICES": ",".join(gpu.uuid for gpu in gpus)} if gpus else {}
    return Command(
        arguments=(place.vllm, "serve", _model(preset, place), *shared, *preset.flags, *extra),
        variables={**VARIABLES, **preset.variables, **visible},
        url=f"http://{reached_by(place.host)}:{place.port}",
        served_as=preset.served_as,
    )


def _check_extra(extra: Sequence[str]) -> None:
    for flag in extra:
        # vLLM takes `_` for `-`, and any beginning of a flag that is not ambiguous.
        name = flag.split("=", 1)[0].replace("_", "-")
        for forbidden, reason in FORBIDDEN.items():
            if len(name) > len("--") and name.startswith("--") and forbidden.startswith(name):
                raise SettingsError(f"{flag} cannot be given to the engine: {reason}", flag=flag)


def _model(preset: Preset, place: Place) -> str:
    if place.model is None:
        if not preset.model:
            raise SettingsError(f"the preset {preset.name} needs --model, a folder with a checkpoint")
        return preset.model
    if not (place.model / "config.json").is_file():
        raise SettingsError(f"{place.model} is no folder with a checkpoint: it holds no config.json")
    return str(place.model.absolute())
