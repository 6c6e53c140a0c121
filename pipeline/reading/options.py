"""What a reader is told about the file it reads."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.settings import Reading

Progress = Callable[[float], None]
"""Called with the done share, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingOptions:
    """One for each document."""

    name: str
    """The file's name, cleaned; for titles, never for opening a file."""
    media_type: str
    """As the content says, not the name."""
    password: str | None = field(default=None, repr=False)
    settings: Reading = field(default_factory=Reading)
