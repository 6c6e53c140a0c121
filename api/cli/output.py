"""What the command line prints: tables and lines for people, or the service's JSON as it came."""

import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from schemas import exact_json

# Documents hold what strangers wrote: control sequences would steer the terminal, and marks of direction would hide
# what a line says. Tabs and line ends stay.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

PIPE_WIDTH = 2_000
READABLE = 16
"""To so many characters the columns of a table shrink, and no further."""
GAP = 2
"""Between two columns."""
_ID = re.compile("[a-z]{2,5}_[0-9a-f]{32}")
"""Ids are copied into the next command, so they are never cut or wrapped, however narrow the terminal is."""

STYLES = {
    "succeeded": "green",
    "delivered": "green",
    "finished": "green",
    "ok": "green",
    "partial": "yellow",
    "off": "yellow",
    "failed": "red",
    "refused": "red",
    "dead": "red",
    "missing": "red",
    "cancelled": "dim",
}


class Output:
    """Prints to standard output; errors and progress go to standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # What reads a pipe wants one line a row, however long; `COLUMNS` is a terminal's, though shells hand it on.
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self._console = Console(highlight=False, soft_wrap=True, width=width)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def raw(self, content: bytes) -> None:
        """JSON as the service sent it: no number passes through a float."""
        print(content.decode())

    def value(self, value: object) -> None:
        """A value of ours as JSON."""
        self.raw(exact_json.dumps(value))

    def line(self, text: str = "", style: str = "") -> None:
        """One line."""
        self._console.print(Text(clean(text), style=style))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table; a word that names a state is coloured."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        shown = [[cell(value) for value in row] for row in rows]
        room = GAP * (len(columns) - 1)
        for number, name in enumerate(columns):
            least = _least([name, *(row[number].plain for row in shown)])
            table.add_column(name, overflow="fold", min_width=least)
            room += least
        for row in shown:
            table.add_row(*row)
        # A terminal that is narrower still wraps the lines itself, which hides nothing.
        self._console.print(table, soft_wrap=False, crop=False, width=max(room, self._console.width))

    def error(self, message: str) -> None:
        """One line to standard error."""
        text = clean(message).replace("\n", " ")
        self._errors.print(Text.assemble(("error: ", "bold red"), text))

    def progress(self) -> Progress:
        """A bar on standard error, where that is a terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self._errors, disable=not self._errors.is_terminal, transient=True)


def cell(value: object) -> Text:
    """How a value stands in a table."""
    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    text = clean(format(value, "f") if isinstance(value, Decimal) else str(value))
    return Text(text, style=STYLES.get(text, ""))


def _least(texts: Sequence[str]) -> int:
    """Characters that a column needs: its longest id, else its longest text as far as `READABLE`."""
    ids = [len(text) for text in texts if _ID.fullmatch(text)]
    return max([*ids, min(READABLE, max(map(len, texts)))])


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def minute(moment: str) -> str:
    """An RFC 3339 time in UTC as people look at it in a table: `2026-11-30 09:28`."""
    return moment[:16].replace("T", " ")


def clean(text: str) -> str:
    """Text that cannot steer a terminal."""
    return _HOSTILE.sub("\N{REPLACEMENT CHARACTER}", text)
