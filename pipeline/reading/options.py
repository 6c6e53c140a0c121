"""What a reader is told about the file it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.settings import Reading

Progress = Callable[[float], None]
"""Called with the done share, 0 to 1."""


class PageProgress(Protocol):
    """Progress that can also be told the page, so that a page which ends its child is known by its number."""

    def __call__(self, share: float, /) -> None:
        """The done share, 0 to 1."""

    def at_page(self, number: int, /) -> None:
        """Called before each page, counted from 1, and with 0 behind the last one."""


def _nobody(_: int) -> None:
    return


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingOptions:
    """One for each document."""

    name: str
    """The file's name, cleaned; for titles, never for opening a file."""
    media_type: str
    """As the content says, not the name."""
    password: str | None = field(default=None, repr=False)
    settings: Reading = field(default_factory=Reading)
    at_page: Callable[[int], None] = _nobody
    """As in `PageProgress`."""
    left_out: Mapping[int, str] = field(default_factory=dict)
    """Pages that are not to be touched, since they ended a child before, and what they did."""
