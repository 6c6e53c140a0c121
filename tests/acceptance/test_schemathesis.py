"""Schemathesis holds a real service against its own description: what each answer is, and what it refuses."""

from pathlib import Path

from tests.support.schemathesis_run import hold_to_description


def test_every_route_answers_as_it_is_described(tmp_path: Path) -> None:
    """The edges of each parameter, the same ones every time, and some that come to random of a seed."""
    found = hold_to_description(tmp_path / "held", "--phases", "coverage,fuzzing", "--seed", "1", "-n", "3")
    assert found.returncode == 0, found.stdout[-8000:]
    assert "✅ Coverage" in found.stdout, found.stdout
    assert "✅ Fuzzing" in found.stdout, found.stdout
