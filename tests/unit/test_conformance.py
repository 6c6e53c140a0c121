"""Where `make conformance` cannot be run, that is seen."""

import re
from pathlib import Path

import pytest

from tests.conformance import __main__ as program
from tests.conformance import environment


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here makes the environment."""
    monkeypatch.setattr(program, "prepare", lambda: pytest.fail("nothing is to be made"))


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_what_the_machine_lacks_is_told_and_fails_ci(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(program, "unfit", lambda: None)
    monkeypatch.setattr(program, "lacking", lambda: "0.9 GiB of disk are free, and 5 GiB are needed")
    assert program.main() == status
    assert "Conformance was NOT run: 0.9 GiB of disk are free, and 5 GiB are needed" in capsys.readouterr().err


def test_a_processor_that_runs_no_wheel_is_told_of_and_does_not_fail_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "cpuinfo"
    old.write_text("flags\t\t: fpu sse4_2 avx\n", encoding="utf-8")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(environment.sys, "platform", "linux")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(environment, "CPU_FLAGS", old)
    assert program.main() == 0
    assert "Conformance was NOT run: the CPU has no AVX2" in capsys.readouterr().err


def test_a_disk_without_room_is_seen_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "is_ready", lambda: False)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: environment.shutil._ntuple_diskusage(9, 9, 10**9))
    monkeypatch.setattr(environment.sys, "version_info", (3, 11, 7))
    assert environment.lacking() == "0.9 GiB of disk are free, and 5 GiB are needed"


def test_every_wheel_is_pinned_by_its_hash() -> None:
    lines = environment.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+ --hash=sha256:[0-9a-f]{64}", pin) for pin in pins)
    assert {"torchaudio", "torchcodec", "triton"}.isdisjoint(pin.partition("==")[0] for pin in pins)
