"""`sheaf gpu-worker`: what it would start, and what it refuses."""

import shlex
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.main import app
from workers.gpu.presets import PRESETS

SMI = """#!/bin/sh
echo "$@" > "$(dirname "$0")/asked"
cat "$(dirname "$0")/answer"
"""
H100 = "{}, GPU-{}0000000-1111-2222-3333-444455556666, NVIDIA H100 80GB HBM3, 81559, 9.0, Disabled\n"


def gpu_worker(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["gpu-worker", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an `nvidia-smi`; its answer is to be written to `answer`."""
    folder = tmp_path / "driver"
    folder.mkdir()
    (folder / "nvidia-smi").write_text(SMI)
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return folder


def words(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return shlex.split(result.stdout.replace("\\\n", ""))


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.gpus])
def test_each_presets_command_can_be_printed_without_a_gpu(name: str):
    told = words(gpu_worker("--preset", name, "--print", "--vllm", "/opt/vllm/bin/vllm", "--", "--max-num-seqs", 64))
    assert PRESETS[name].model in told
    assert "/opt/vllm/bin/vllm" in told
    assert told[-2:] == ["--max-num-seqs", "64"]


def test_auto_asks_the_driver_strictly_and_uses_what_it_finds(driver: Path):
    (driver / "answer").write_text(H100.format(0, 0) + H100.format(1, 1))
    assert PRESETS["2xh100-fp8"].model in words(gpu_worker("--print"))
    assert (driver / "asked").read_text().startswith("--query-gpu=index,uuid,name,memory.total,compute_cap")
    (driver / "answer").write_text("".join(H100.format(number, number) for number in range(3)))
    told = words(gpu_worker("--print"))
    visible = next(word for word in told if word.startswith("CUDA_VISIBLE_DEVICES="))
    assert visible.count("GPU-") == 2, "the third is left alone"


def test_auto_takes_only_what_cuda_lets_through(driver: Path, monkeypatch: pytest.MonkeyPatch):
    (driver / "answer").write_text(H100.format(0, 0) + H100.format(1, 1))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert PRESETS["1xh100-int4"].model in words(gpu_worker("--print"))


def refused(result: Result) -> str:
    assert result.exit_code == 2
    return result.stderr


def test_without_a_gpu_auto_says_what_it_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no GPU found: there is no nvidia-smi in PATH" in refused(gpu_worker())


def test_wrong_wishes_are_refused_before_anything_starts(tmp_path: Path):
    assert "there is no preset 'h100'; there are auto, 8xh100-maverick-fp8" in refused(gpu_worker("--preset", "h100"))
    assert "holds no config.json" in refused(gpu_worker("--preset", "cpu", "--model", tmp_path))
    trusting = gpu_worker("--preset", "1xh100-int4", "--print", "--", "--trust-request-mm-kwargs")
    assert "kill the engine" in refused(trusting)
    none = gpu_worker("--preset", "1xh100-int4", "--vllm", tmp_path / "vllm")
    assert "there is no program" in refused(none)
    assert "--vllm" in none.stderr


def test_an_engine_that_listens_beyond_the_host_is_warned_of():
    result = gpu_worker("--preset", "1xh100-int4", "--host", "0.0.0.0", "--print")
    assert words(result)
    assert "/invocations, /tokenize and /metrics ask for no key" in result.stderr
    assert "ask for no key" not in gpu_worker("--preset", "1xh100-int4", "--print").stderr
