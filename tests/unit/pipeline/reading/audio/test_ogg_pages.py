"""Pages of an Ogg file are found and counted whatever lies between them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading.audio.ogg_pages import LONGEST_PAGE, missing_pages, pages


def page(number: int, *, stream: int = 7, body: int = 300) -> bytes:
    table = bytes([255] * (body // 255) + [body % 255])
    head = b"OggS\0\0" + bytes(8) + stream.to_bytes(4, "little") + number.to_bytes(4, "little") + bytes(4)
    return head + bytes([len(table)]) + table + b"x" * body


@pytest.mark.parametrize("start", [0, 1, 4_294_967_290])
def test_a_stream_that_begins_with_any_number_lacks_nothing(start: int) -> None:
    whole = b"".join(page(start + number) for number in range(4))
    assert missing_pages(io.BytesIO(whole)) == 0


def test_pages_that_are_not_there_are_counted_for_each_stream() -> None:
    mixed = page(0) + page(0, stream=8) + page(1) + page(5) + page(2, stream=8) + page(6)
    assert missing_pages(io.BytesIO(mixed)) == 3 + 1


def test_what_lies_between_pages_is_passed_over() -> None:
    for gap in (1, 100, LONGEST_PAGE - 2, LONGEST_PAGE, LONGEST_PAGE + 2, 3 * LONGEST_PAGE):
        data = b"tag" + page(0) + b"O" * gap + page(1) + b"OggS"
        assert [found.number for found in pages(io.BytesIO(data))] == [0, 1]


@given(st.binary(max_size=400), st.integers(0, 3))
def test_any_bytes_come_to_an_end(data: bytes, whole: int) -> None:
    found = list(pages(io.BytesIO(b"".join(page(number) for number in range(whole)) + data)))
    assert len(found) >= whole
