"""What nvidia-smi prints on hosts of each kind, and where something is wrong.

Written after published outputs, with UUIDs made up: none could be recorded here.
"""

import subprocess

import pytest

from pipeline.errors import SettingsError
from workers.gpu.hardware import Gpu, find_gpus, parse_gpus, visible_gpus

UUID = "GPU-{:08x}-1111-2222-3333-444455556666"


def line(index: int, name: str = "NVIDIA H100 80GB HBM3", memory: str = "81559", rest: str = "9.0, Disabled") -> str:
    return f"{index}, {UUID.format(index)}, {name}, {memory}, {rest}\n"


EIGHT_H100 = "".join(line(index) for index in range(8))
H200 = line(0, "NVIDIA H200", "143771")
L4 = line(0, "NVIDIA L4", "23034", "8.9, [N/A]")


def test_each_line_is_a_gpu():
    gpus = parse_gpus(EIGHT_H100)
    assert [gpu.index for gpu in gpus] == list(range(8))
    assert gpus[7] == Gpu(
        index=7, uuid=UUID.format(7), name="NVIDIA H100 80GB HBM3", memory_mib=81559, capability=(9, 0)
    )
    assert parse_gpus(H200)[0].memory_mib == 143771
    assert parse_gpus(L4)[0].capability == (8, 9)


@pytest.mark.parametrize(
    "text",
    [
        "No devices were found\n",
        "<html>\n",
        line(0, memory="[N/A]"),
        line(0, memory="81559 MiB"),
        line(0, memory="-1"),
        line(0, rest="[Not Supported], Disabled"),
        line(0, rest="9.0"),
        line(0, rest="9.0, Disabled, more"),
        line(0, name=""),
        line(0).replace("GPU-", "MIG-"),
        "x" + line(0),
        line(0) + "NVRM: something else\n",
        "²" + line(0)[1:],
    ],
)
def test_what_is_not_understood_is_refused_and_shown(text: str):
    with pytest.raises(SettingsError, match=r"nvidia-smi answered .*--preset"):
        parse_gpus(text)


def test_a_gpu_in_pieces_is_refused():
    with pytest.raises(SettingsError, match="GPU 1 is split into MIG instances"):
        parse_gpus(line(0) + line(1, rest="9.0, Enabled"))


@pytest.mark.parametrize(
    ("visible", "indices"),
    [
        (None, list(range(8))),
        ("", []),
        ("3", [3]),
        ("5,2", [5, 2]),
        (f"{UUID.format(6)},GPU-00000001", [6, 1]),
        ("1,9,2", [1]),
        ("-1", []),
        ("GPU-0", []),  # names them all
    ],
)
def test_only_what_cuda_lets_through_is_seen(visible: str | None, indices: list[int]):
    assert [gpu.index for gpu in visible_gpus(parse_gpus(EIGHT_H100), visible)] == indices


def test_without_a_gpu_it_is_said_what_was_looked_for():
    with pytest.raises(SettingsError, match=r"no GPU found.*CUDA_VISIBLE_DEVICES"):
        find_gpus(lambda _: EIGHT_H100, visible="")
    with pytest.raises(SettingsError, match="no GPU found"):
        find_gpus(lambda _: "")


def test_without_a_driver_it_is_said_what_was_looked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SettingsError, match="no GPU found: there is no nvidia-smi in PATH"):
        find_gpus()


def answers(monkeypatch: pytest.MonkeyPatch, status: int, out: str, err: str) -> None:
    done = subprocess.CompletedProcess(args=[], returncode=status, stdout=out, stderr=err)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)


def test_what_the_driver_says_is_passed_on(monkeypatch: pytest.MonkeyPatch):
    said = "NVIDIA-SMI has failed because it couldn't communicate\n with the NVIDIA driver."
    answers(monkeypatch, 9, said, "")
    with pytest.raises(SettingsError, match=r"ended with 9: NVIDIA-SMI has failed .* communicate with"):
        find_gpus()
    answers(monkeypatch, 6, "", "No devices were found")
    with pytest.raises(SettingsError, match="ended with 6: No devices were found"):
        find_gpus()


def test_a_driver_that_does_not_answer_is_no_gpu(monkeypatch: pytest.MonkeyPatch):
    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("nvidia-smi", 30)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(SettingsError, match=r"no GPU found: nvidia-smi could not be asked.*30"):
        find_gpus()
