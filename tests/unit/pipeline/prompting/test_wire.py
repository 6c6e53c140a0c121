import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ParserProtocolError
from pipeline.prompting.parts import TextPart
from pipeline.prompting.wire import COUNT, HEAD, Packed, pack, unpack

SHARES = st.floats(0, 1, width=32)
SIDES = st.floats(0, 1e6, width=32)


@st.composite
def parts(draw) -> list[TextPart]:
    numbers = sorted(draw(st.sets(st.integers(1, 2**32 - 1), max_size=5)))
    return [
        TextPart(
            number=number,
            text=draw(st.text(max_size=50)),
            kind=draw(st.sampled_from(["page", "part"])),
            words=draw(st.integers(0, 10_000)),
            ocr=draw(st.booleans()),
            confidence=draw(st.none() | SHARES),
            tables=draw(st.integers(0, 9)),
            rows=draw(st.integers(0, 9_999)),
            pictured=draw(SHARES),
            form=draw(SHARES),
            width=draw(SIDES),
            height=draw(SIDES),
            pixels=draw(st.booleans()),
        )
        for number in numbers
    ]


@settings(deadline=None)
@given(parts())
def test_parts_come_back_as_they_were(made: list[TextPart]) -> None:
    assert [part for part, _ in unpack(pack(made))] == made
    assert [packed.text() for _, packed in unpack(pack(made))] == [part.text for part in made]


@settings(deadline=None)
@given(parts(), st.data())
def test_whatever_else_comes_is_refused_or_is_parts(made: list[TextPart], data) -> None:
    bytes_ = bytearray(pack(made))
    at = data.draw(st.integers(0, len(bytes_) - 1))
    bytes_[at] = data.draw(st.integers(0, 255))
    with suppress(ParserProtocolError):
        assert all(isinstance(part, TextPart) for part, _ in unpack(bytes(bytes_)))


ONE = pack([TextPart(number=1, text="text", width=10, height=10)])


def changed(**fields: object) -> bytes:
    """One part with other numbers in its head."""
    names = ["number", "flags", "words", "confidence", "tables", "rows", "pictured", "form", "width", "height"]
    names += ["length", "packed"]
    head = dict(zip(names, HEAD.unpack_from(ONE, COUNT.size), strict=True)) | fields
    return COUNT.pack(1) + HEAD.pack(*head.values()) + ONE[COUNT.size + HEAD.size :]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ONE[:-1],
        ONE + b"x",
        COUNT.pack(2) + ONE[COUNT.size :],
        COUNT.pack(2**32 - 1),
        COUNT.pack(2) + ONE[COUNT.size :] * 2,
        changed(number=0),
        changed(flags=16),
        changed(confidence=float("nan")),
        changed(pictured=1.5),
        changed(form=-0.5),
        changed(width=float("inf")),
        changed(height=-1.0),
        changed(length=3),
        changed(length=5),
        changed(length=2**31),
        changed(packed=2**32 - 1),
    ],
)
def test_what_is_no_parts_is_refused(data: bytes) -> None:
    with pytest.raises(ParserProtocolError):
        list(unpack(data))


def test_a_text_that_unpacks_to_more_than_announced_is_not_unpacked_whole() -> None:
    bomb = pack([TextPart(number=1, text="0" * 10_000_000)])
    data = bomb[COUNT.size + HEAD.size :]
    with pytest.raises(ParserProtocolError):
        Packed(data, 10).text()


def test_text_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(ParserProtocolError):
        Packed(zlib.compress(b"\xff"), 1).text()


def test_the_head_is_as_documented() -> None:
    assert HEAD.size == struct.calcsize("!IBIfIIffffII") == 45
