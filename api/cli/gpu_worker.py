"""`sheaf gpu-worker`."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import FAILED, REFUSED
from api.cli.output import Output
from pipeline.errors import ModelUnavailable, SettingsError, SheafError
from pipeline.settings import load_settings
from workers.gpu.command import Command, Place, serve_command
from workers.gpu.hardware import environment_gpus
from workers.gpu.presets import AUTO, PRESETS, Preset, preset_for, preset_named

app = typer.Typer()

LOOPBACK = ("127.0.0.1", "::1", "localhost")
OPEN_ROUTES = (
    "the engine listens beyond this host, and its routes /invocations, /tokenize and /metrics ask for no key: "
    "let a firewall or a proxy stand in front"
)
NAMES = "; ".join(f"{preset.name}: {preset.meaning}" for preset in PRESETS.values())


@app.command("gpu-worker")
def gpu_worker(
    extra: Annotated[list[str] | None, typer.Argument(help="Further flags for vLLM, after `--`.")] = None,
    *,
    preset: Annotated[str, typer.Option(help=f"{AUTO}: by the GPUs found. {NAMES}.")] = AUTO,
    show: Annotated[bool, typer.Option("--print", help="Print the engine's command, and start nothing.")] = False,
    vllm: Annotated[str, typer.Option(help="The program vllm of the environment that vLLM is installed in.")] = "vllm",
    model: Annotated[Path | None, typer.Option(help="A folder with the checkpoint, else the preset's.")] = None,
    host: Annotated[str, typer.Option(help="Address the engine listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port the engine listens on.")] = 8100,
    metrics_host: Annotated[str, typer.Option(help="Address of /metrics and /health.")] = "127.0.0.1",
    metrics_port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of /metrics and /health.")] = 9108,
    stages: Annotated[int | None, typer.Option(min=1, help="Stages at a time, else the preset's.")] = None,
    start_seconds: Annotated[float, typer.Option(min=1, help="How long the engine's start may take.")] = 1800.0,
    max_crashes: Annotated[int, typer.Option(min=1, help="In a row, after which the engine is given up.")] = 5,
) -> None:
    """Start and supervise vLLM on this GPU host, and work on extractions and summaries while it is healthy."""
    out = Output(as_json=False)
    place = Place(vllm=vllm, model=model, host=host, port=port)
    try:
        chosen, command = plan_engine(preset, place, extra or [])
        if host not in LOOPBACK:
            out.error(OPEN_ROUTES)
        if show:
            print(command.shell())
            return
        if shutil.which(vllm) is None:
            raise SettingsError(f"there is no program {vllm!r}; name that of vLLM's own environment with --vllm")
        from workers.backoff import RestartPolicy
        from workers.gpu.supervisor import Timing
        from workers.gpu.worker import Plan, work  # the whole service: --print starts without it

        plan = Plan(
            preset=chosen,
            place=place,
            command=command,
            stages=stages or chosen.stages,
            timing=Timing(start=start_seconds),
            policy=RestartPolicy(max_crashes=max_crashes),
            metrics_host=metrics_host,
            metrics_port=metrics_port,
        )
        work(load_settings(), plan)
    except SheafError as error:
        out.error(error.message)
        raise typer.Exit(FAILED if isinstance(error, ModelUnavailable) else REFUSED) from error


def plan_engine(name: str, place: Place, extra: list[str]) -> tuple[Preset, Command]:
    """The preset that is meant, and the engine's command.

    Raises:
        SettingsError: there is no such preset, no GPU that one fits, or a flag that may not be given.
    """
    if name != AUTO:
        chosen = preset_named(name)
        return chosen, serve_command(chosen, place, extra=extra)
    gpus = environment_gpus()
    chosen, used = preset_for(gpus)
    return chosen, serve_command(chosen, place, used if len(used) < len(gpus) else (), extra)
