"""The command line of the engine."""

import json
import shlex
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from workers.gpu.command import Place, serve_command
from workers.gpu.hardware import Gpu
from workers.gpu.presets import CPU, MAVERICK, PRESETS, SCOUT_INT4

GPU = Gpu(index=1, uuid="GPU-1", name="NVIDIA H100", memory_mib=81559, capability=(9, 0))


def checkpoint(folder: Path) -> Path:
    (folder / "config.json").write_text("{}")
    return folder


def value(arguments: tuple[str, ...], flag: str) -> str:
    return arguments[arguments.index(flag) + 1]


@pytest.mark.parametrize("preset", [preset for preset in PRESETS.values() if preset.model])
def test_what_every_gpu_preset_says(preset):
    command = serve_command(preset, Place())
    arguments = command.arguments
    assert arguments[:3] == ("vllm", "serve", preset.model)
    assert value(arguments, "--host") == "127.0.0.1"
    assert value(arguments, "--max-model-len") == "131072"
    assert value(arguments, "--kv-cache-dtype") == "fp8"
    assert value(arguments, "--attention-backend") == "FLASH_ATTN"
    assert value(arguments, "--max-num-batched-tokens") == "16384"
    assert value(arguments, "--max-num-queued-reqs") == "512"
    assert json.loads(value(arguments, "--limit-mm-per-prompt")) == {"image": 10}
    assert json.loads(value(arguments, "--override-generation-config")) == {"attn_temperature_tuning": True}
    assert json.loads(value(arguments, "--structured-outputs-config")) == {
        "backend": "xgrammar",
        "disable_any_whitespace": True,
    }
    assert {"--enable-prefix-caching", "--enable-chunked-prefill", "--enable-prompt-tokens-details"} <= set(arguments)
    assert "--trust-request-mm-kwargs" not in arguments
    assert command.variables["HF_HUB_OFFLINE"] == "1"
    assert command.variables["VLLM_NO_USAGE_STATS"] == "1"
    assert command.served_as == value(arguments, "--served-model-name")


def test_maverick_is_split_by_experts():
    arguments = serve_command(MAVERICK, Place()).arguments
    assert value(arguments, "--tensor-parallel-size") == "8"
    assert "--enable-expert-parallel" in arguments
    assert value(arguments, "--mm-encoder-tp-mode") == "data"


def test_a_model_may_be_a_folder_and_the_program_another_environments(tmp_path: Path):
    place = Place(vllm="/opt/vllm/bin/vllm", model=checkpoint(tmp_path), port=9000)
    command = serve_command(CPU, place)
    assert command.arguments[:3] == ("/opt/vllm/bin/vllm", "serve", str(tmp_path))
    assert command.url == "http://127.0.0.1:9000"
    assert command.variables["VLLM_CPU_KVCACHE_SPACE"] == "1"


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"holds no config.json"):
        serve_command(SCOUT_INT4, Place(model=tmp_path))
    with pytest.raises(SettingsError, match="the preset cpu needs --model"):
        serve_command(CPU, Place())


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8100"), ("::", "http://[::1]:8100"), ("10.0.0.7", "http://10.0.0.7:8100")],
)
def test_an_engine_that_listens_everywhere_is_reached_by_the_loopback(host: str, url: str):
    assert serve_command(SCOUT_INT4, Place(host=host)).url == url


def test_extra_flags_come_last():
    command = serve_command(SCOUT_INT4, Place(), extra=["--max-num-seqs", "64"])
    assert command.arguments[-2:] == ("--max-num-seqs", "64")


@pytest.mark.parametrize(
    "flag",
    [
        "--trust-request-mm-kwargs",
        "--trust-request-mm-kwargs=true",
        "--trust_request_mm_kwargs",
        "--trust-req",
        "--port=1",
        "--host",
        "--api-key",
        "--served-model-name",
        "--uds",
        "--config",
    ],
)
def test_extra_flags_that_would_break_it_are_refused(flag: str):
    with pytest.raises(SettingsError, match="cannot be given to the engine"):
        serve_command(SCOUT_INT4, Place(), extra=["--max-num-seqs", "8", flag])


def test_the_engine_is_told_which_gpus_to_use_where_not_all():
    assert serve_command(SCOUT_INT4, Place(), [GPU]).variables["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert "CUDA_VISIBLE_DEVICES" not in serve_command(SCOUT_INT4, Place()).variables


def test_the_engine_does_not_get_our_secrets_nor_our_pythons_ways():
    ours = {
        "PATH": "/bin",
        "SHEAF_DATABASE_URL": "postgresql://secret",
        "PYTHONPATH": ".",
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/x",
        "HF_HUB_OFFLINE": "0",
        "VLLM_API_KEY": "k",
    }
    environment = serve_command(SCOUT_INT4, Place()).environment(ours)
    assert environment["PATH"] == "/bin"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["VLLM_API_KEY"] == "k"
    assert not environment.keys() & {"SHEAF_DATABASE_URL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"}


def test_what_is_printed_can_be_typed():
    command = serve_command(MAVERICK, Place(), extra=["--max-num-seqs", "8"])
    words = shlex.split(command.shell().replace("\\\n", ""))
    assert tuple(words[len(command.variables) :]) == command.arguments
    assert words[: len(command.variables)] == [f"{name}={value}" for name, value in command.variables.items()]
