"""Parts on their way from the parser child, read as if the child were an enemy.

Four bytes with the number of parts, then for each part a head of fixed size and its text, compressed. Numbers are
big-endian; parts are in ascending order of their numbers.
"""

import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.errors import ParserProtocolError
from pipeline.prompting.parts import TextPart

COUNT = struct.Struct("!I")
HEAD = struct.Struct("!IBIfIIffffII")
"""Number, flags, words, confidence, tables, rows, pictured, form, width, height, bytes of the text, bytes packed."""
PART, OCR, SCORED, PIXELS = 1, 2, 4, 8
MAX_PARTS = 1_000_000
MAX_TEXT_BYTES = 64 * 1024 * 1024
"""Of one part."""
MAX_SIDE = 1e7
LEVEL = 6


@dataclass(frozen=True, slots=True)
class Packed:
    """A text as it came: compressed, and how many bytes it is."""

    data: bytes
    length: int

    def text(self) -> str:
        """Unpacked.

        Raises:
            ParserProtocolError: it is not what was announced.
        """
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(self.data, self.length + 1)
            text = data.decode()
        except (zlib.error, UnicodeDecodeError) as error:
            raise ParserProtocolError("the text of a part does not unpack") from error
        if len(data) != self.length or not inflater.eof or inflater.unused_data:
            raise ParserProtocolError("the text of a part is not as long as announced")
        return text


def pack(parts: Iterable[TextPart]) -> bytes:
    """Parts as bytes."""
    packed = [_pack(part) for part in parts]
    return COUNT.pack(len(packed)) + b"".join(packed)


def unpack(data: bytes) -> Iterator[tuple[TextPart, Packed]]:
    """Parts as they were packed, one at a time, their texts beside them still packed.

    Raises:
        ParserProtocolError: these are no parts.
    """
    view = memoryview(data)
    try:
        (count,) = COUNT.unpack_from(view)
        if count > MAX_PARTS:
            raise ParserProtocolError(f"{count} parts")
        at, number = COUNT.size, 0
        for _ in range(count):
            head = HEAD.unpack_from(view, at)
            start, at = at + HEAD.size, at + HEAD.size + head[-1]
            part = _part(head, Packed(bytes(view[start:at]), head[-2]))
            if part[0].number <= number:
                raise ParserProtocolError("parts out of order")
            number = part[0].number
            yield part
    except struct.error as error:
        raise ParserProtocolError("parts that end too early") from error
    if at != len(view):
        raise ParserProtocolError("something after the last part")


def _pack(part: TextPart) -> bytes:
    text = part.text.encode("utf-8", "replace")
    packed = zlib.compress(text, LEVEL)
    flags = PART * (part.kind == "part") | OCR * part.ocr | SCORED * (part.confidence is not None)
    head = HEAD.pack(
        part.number,
        flags | PIXELS * part.pixels,
        part.words,
        part.confidence or 0.0,
        part.tables,
        part.rows,
        part.pictured,
        part.form,
        part.width,
        part.height,
        len(text),
        len(packed),
    )
    return head + packed


def _part(head: tuple[int | float, ...], packed: Packed) -> tuple[TextPart, Packed]:
    number, flags, words, confidence, tables, rows, pictured, form, width, height, length, _ = head
    if not 0 <= flags <= PART | OCR | SCORED | PIXELS or length > MAX_TEXT_BYTES:
        raise ParserProtocolError("a part with a head that makes no sense")
    if not all(0 <= share <= 1 for share in (confidence, pictured, form)):  # NaN is refused too
        raise ParserProtocolError("a share that is not from 0 to 1")
    if not all(math.isfinite(side) and 0 <= side <= MAX_SIDE for side in (width, height)):
        raise ParserProtocolError("a page of no sensible size")
    flags = int(flags)
    return TextPart(
        number=int(number),
        text=packed.text(),
        kind="part" if flags & PART else "page",
        words=int(words),
        ocr=bool(flags & OCR),
        confidence=confidence if flags & SCORED else None,
        tables=int(tables),
        rows=int(rows),
        pictured=pictured,
        form=form,
        width=width,
        height=height,
        pixels=bool(flags & PIXELS),
    ), packed
