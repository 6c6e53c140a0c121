"""A filter's text to its words."""

import re
from dataclasses import dataclass

from pipeline.errors import InvalidFilter

LONGEST = 4_000
"""Characters of a filter."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<name>(?:fields|metadata)\.(?:/[^\s()=<>!,"']*|"(?:[^"\\]|\\.)*"))
  | (?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)(?![\w.])
  | (?P<text>"(?:[^"\\]|\\.)*"|'[^']*')
  | (?P<word>[A-Za-z_]+)
  | (?P<mark><=|>=|!=|[=<>(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter; `at` is its first character, counted from 0. The last one is an `end`."""

    kind: str
    text: str
    at: int

    @property
    def shown(self) -> str:
        """As messages name it."""
        return "the end" if self.kind == "end" else repr(self.text[:40])


def tokens(text: str) -> list[Token]:
    """All words of a filter, and its end.

    Raises:
        InvalidFilter: it is too long, or something in it is no word of the language.
    """
    if len(text) > LONGEST:
        raise InvalidFilter(f"the filter has {len(text)} characters; {LONGEST} are allowed", limit=LONGEST)
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise InvalidFilter(f"the filter cannot be read from {text[at : at + 40]!r} on", at=at)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return [*found, Token("end", "", end)]
