"""Where `make conformance` cannot be run, that is seen."""

import re

import pytest

from tests.conformance import __main__ as program
from tests.conformance import environment


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_machine_that_cannot_run_it_is_told_why_and_fails_ci(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(program, "lacking", lambda: "the CPU has no AVX-512")
    monkeypatch.setattr(program, "prepare", lambda: pytest.fail("nothing is to be made"))
    assert program.main() == status
    assert "Conformance was NOT run: the CPU has no AVX-512" in capsys.readouterr().err


def test_a_disk_without_room_is_seen_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "is_ready", lambda: False)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: environment.shutil._ntuple_diskusage(9, 9, 10**9))
    monkeypatch.setattr(environment, "_unfit", lambda: None)
    assert environment.lacking() == "0.9 GiB of disk are free, and 5 GiB are needed"


def test_every_wheel_is_pinned_by_its_hash() -> None:
    lines = environment.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+ --hash=sha256:[0-9a-f]{64}", pin) for pin in pins)
    assert {"torchaudio", "torchcodec", "triton"}.isdisjoint(pin.partition("==")[0] for pin in pins)
