"""A document as parts: their profiles in memory, their texts in a file of no name until they are asked for."""

import tempfile
import threading
from array import array
from collections.abc import Callable
from typing import BinaryIO, Self

from pipeline.models.tokens import Tokens
from pipeline.prompting import wire
from pipeline.prompting.fences import neutral
from pipeline.prompting.parts import TextPart
from pipeline.prompting.pieces import cut, tail
from pipeline.prompting.profiles import Profile
from pipeline.prompting.wire import Packed
from pipeline.reading.child.sandbox import Sandbox

TASK = "pipeline.prompting.task:prepare"
PART_TOKENS = 1_500
"""Of a part of a document without pages, about."""
PIECE_TOKENS = 6_000
"""A page with more text is taken to pieces."""
TAIL_TOKENS = 200
"""Of the end of a text, which the next window begins with: a paragraph, some rows."""
MEMORY_BYTES = 256 * 1024
"""Texts of a document beyond this lie on the disk."""


class Prepared:
    """The parts of one document. Thread-safe; to be closed."""

    def __init__(self, data: bytes, tokens: Tokens, piece_tokens: int = PIECE_TOKENS) -> None:
        """Take what the child has made.

        Raises:
            ParserProtocolError: it is not what a child makes.
        """
        self.profiles: list[Profile] = []
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._lock = threading.Lock()
        self._place: dict[int, int] = {}
        self._offsets, self._lengths = array("Q", [0]), array("L")
        try:
            for part, packed in wire.unpack(data):
                self.profiles.append(profile_of(part, tokens, piece_tokens))
                self._add(part.number, packed)
        except BaseException:
            self.close()
            raise

    def _add(self, number: int, packed: Packed) -> None:
        self._place[number] = len(self._lengths)
        self._file.write(packed.data)
        self._offsets.append(self._offsets[-1] + len(packed.data))
        self._lengths.append(packed.length)

    def text(self, number: int) -> str:
        """The text of a part, made harmless.

        Raises:
            KeyError: there is no such part.
        """
        place = self._place[number]
        with self._lock:
            self._file.seek(self._offsets[place])
            data = self._file.read(self._offsets[place + 1] - self._offsets[place])
        return neutral(Packed(data, self._lengths[place]).text()).strip()

    def close(self) -> None:
        """Let go of the texts."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def prepare(
    sandbox: Sandbox,
    document: BinaryIO,
    tokens: Tokens,
    *,
    most_tokens: int,
    progress: Callable[[float], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Prepared:
    """Turn a stored document (a `Document` as JSON) into parts, none of which needs more than `most_tokens` as text.

    Raises:
        ParserError: the child ended badly, or what it made is malformed.
        JobCancelled: `stopped` returned true.
    """
    part_tokens = max(1, min(PART_TOKENS, most_tokens // 2))
    part_bytes = max(64, int(part_tokens * tokens.bytes_per_token))
    data = sandbox.run(TASK, document, {"part_bytes": part_bytes}, progress=progress, cancelled=stopped)
    return Prepared(data, tokens, max(1, min(PIECE_TOKENS, most_tokens // 2)))


def profile_of(part: TextPart, tokens: Tokens, piece_tokens: int) -> Profile:
    """What the planner needs to know of a part; tokens are counted here and not in the child, which is not trusted."""
    text = neutral(part.text).strip()
    count = tokens.text(f"{text}\n") if text else 0
    return Profile(
        number=part.number,
        kind=part.kind,
        text_tokens=count,
        words=part.words,
        ocr=part.ocr,
        confidence=part.confidence,
        tables=part.tables,
        rows=part.rows,
        pictured=part.pictured,
        form=part.form,
        width=part.width,
        height=part.height,
        pixels=part.pixels,
        tail=tail(text, tokens, TAIL_TOKENS),
        pieces=cut(text, tokens, piece_tokens) if count > piece_tokens else (),
    )
