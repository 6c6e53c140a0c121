import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ParserProtocolError
from pipeline.reading.numbered import pack, unpack

FILES = {7: b"seven", 2: b"two"}


@given(st.dictionaries(st.integers(0, 2**32 - 1), st.binary(min_size=1)))
def test_what_was_packed_is_unpacked(files: dict[int, bytes]) -> None:
    assert unpack(pack(files), list(files)) == files


@pytest.mark.parametrize("expected", [[7], [2, 7], [7, 3], [7, 2, 1], []])
def test_other_files_than_asked_for_are_refused(expected: list[int]) -> None:
    with pytest.raises(ParserProtocolError):
        unpack(pack(FILES), expected)


@pytest.mark.parametrize("length", range(len(pack(FILES))))
def test_a_list_that_ends_anywhere_too_early_is_refused(length: int) -> None:
    with pytest.raises(ParserProtocolError):
        unpack(pack(FILES)[:length], [7, 2])


@pytest.mark.parametrize(
    "data",
    [
        pack(FILES) + b"x",
        pack({7: b"", 2: b"two"}),
        struct.pack("!III", 1, 7, 2**32 - 1) + b"short",
    ],
)
def test_what_is_no_list_of_these_files_is_refused(data: bytes) -> None:
    with pytest.raises(ParserProtocolError):
        unpack(data, [7, 2] if data.startswith(b"\0\0\0\2") else [7])
