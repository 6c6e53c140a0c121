"""A stand-in of the service, and the program run against it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.main import app
from tests.support.stand_in import StandIn, standing_in


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings and no key of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("SHEAF_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def service() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def sheaf(service: StandIn):
    """Run a data command against the stand-in."""

    def run(*arguments: object, **environment: str) -> Result:
        everything = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, [*everything, "--url", service.url], env=environment, catch_exceptions=False)

    return run
