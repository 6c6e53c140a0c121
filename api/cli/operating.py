"""What commands for whoever runs the service share: they work on the database that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from api.cli.exits import REFUSED
from api.cli.output import Output
from pipeline.errors import SheafError
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.access.operating import Operator


@contextmanager
def operating(out: Output) -> "Iterator[Operator]":
    """The service's operator while a command runs; what is refused is said, and ends the command with `REFUSED`."""
    from workers import bootstrap  # half the service's imports, which the other commands start without

    try:
        with bootstrap.operating(load_settings()) as operator:
            yield operator
    except SheafError as error:
        out.error(error.message)
        raise typer.Exit(REFUSED) from error
