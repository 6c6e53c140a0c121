"""A `ChatModel` that reads a ledger without a fault, or with the fault that it is told to have.

It answers from the text of the request alone: of a page that was not sent it knows nothing, and of a row it says what
the lines that were sent say. It stops at its output limit in the middle of a word, as models do.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from bench.long_tables.ledger import HOLDER, NUMBER, Posting
from bench.long_tables.pdf import Printed
from pipeline.errors import ContextExceeded
from pipeline.models.chat import Capabilities, ChatAnswer, ChatRequest, Message
from pipeline.models.tokens import Tokens
from schemas import exact_json

Fault = Literal["none", "drop", "drop-one", "loop", "invent", "double"]
OUTPUT_TOKENS = 4_096
"""Where it stops, whatever it was allowed."""
DROPPED_EVERY = 53
PIECE = 256
_PAGE = re.compile(r'<page number="(\d+)"[^>]*>\n(.*?)</page>', re.DOTALL)
_RESUME = re.compile(r"which is its item number (\d+) ")


class Oracle:
    """Knows one ledger and where it is printed. Thread-safe."""

    def __init__(self, ledger: Sequence[Posting], printed: Printed, fault: Fault = "none") -> None:
        self._rows = list(zip(ledger, printed.lines, strict=True))
        self._pages = _by_page(printed)
        self._fault = fault
        self._lock = threading.Lock()
        self.calls = 0

    @property
    def name(self) -> str:
        """Its name in results."""
        return f"oracle-{self._fault}"

    @property
    def capabilities(self) -> Capabilities:
        """A context of 131,072 tokens, and no pictures."""
        return Capabilities(context_tokens=131_072, images=0, parallel=2)

    @property
    def tokens(self) -> Tokens:
        """Three bytes a token."""
        return Tokens()

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """As `tokens` counts."""
        return self.tokens.text(_text(messages))

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """Answer from what was sent.

        Raises:
            ContextExceeded: as a server would say.
        """
        del stopped
        with self._lock:
            self.calls += 1
        prompt = self.count_tokens(request.messages)
        if prompt + request.max_tokens > self.capabilities.context_tokens:
            raise ContextExceeded(prompt_tokens=prompt)
        whole = self._say(request.messages)
        most = int(min(request.max_tokens, OUTPUT_TOKENS) * self.tokens.bytes_per_token)
        text = whole.encode()[:most].decode(errors="ignore")
        for start in range(0, len(text), PIECE):
            yield text[start : start + PIECE]
        yield ChatAnswer(
            text=text,
            finish_reason="stop" if text == whole else "length",
            input_tokens=prompt,
            output_tokens=self.tokens.text(text),
            model=self.name,
        )

    def close(self) -> None:
        """Nothing is held."""

    def _say(self, messages: Sequence[Message]) -> str:
        shown = {int(number): text for number, text in _PAGE.findall(_text(messages))}
        rows = [row for page in sorted(shown) for row in self._seen(page, shown)]
        first = 1 in shown and f"Ledger number: {NUMBER}" in shown[1]
        resumed = _RESUME.findall(_text(messages[-1:]))
        skipped = int(resumed[-1]) if resumed else 0
        said = {
            "ledger_number": NUMBER if first else None,
            "holder": HOLDER if first else None,
            "lines": self._faulty(rows)[skipped:],
        }
        text = exact_json.dumps(said).decode()
        if self._fault == "loop" and rows:
            return text[: len(text) // 2] + exact_json.dumps(rows[0]).decode() * 10_000
        return text

    def _seen(self, page: int, shown: dict[int, str]) -> Iterator[dict[str, Any]]:
        """Rows that begin on a page, as far as it is shown; and the end of one that began on a page that is not."""
        for number in self._pages.get(page, ()):
            posting, lines = self._rows[number]
            words = " ".join(text for where, text in lines if where in shown)
            if lines[0][0] == page and posting.reference in shown[page]:
                yield {**posting.data, "description": words}
            elif lines[0][0] not in shown and words in shown[page].replace("\n", " "):
                yield dict.fromkeys(posting.data) | {"description": words}

    def _faulty(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self._fault == "drop":
            return [row for index, row in enumerate(rows) if index % DROPPED_EVERY != DROPPED_EVERY // 2]
        if self._fault == "drop-one":
            return [row for row in rows if row["reference"] != self._rows[len(self._rows) // 2][0].reference]
        if self._fault == "invent" and rows:
            made = {**rows[0], "reference": "Z0001-00", "description": "Harbour dues", "amount": 17.31, "quantity": 61}
            return [*rows[:-1], made]
        if self._fault == "double" and len(rows) > 2:
            return [*rows[:2], *rows[1:-1]]
        return rows


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(part for message in messages for part in message.parts if isinstance(part, str))


def _by_page(printed: Printed) -> dict[int, list[int]]:
    pages: dict[int, list[int]] = {}
    for number, lines in enumerate(printed.lines):
        for page in dict.fromkeys(page for page, _ in lines):
            pages.setdefault(page, []).append(number)
    return pages
