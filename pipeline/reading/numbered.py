"""Several files in one result of a child: each with its number, read as if the writer were an enemy.

Four bytes for the count, and for each file four bytes for its number, four for its length, and its content; all
numbers big-endian, and nothing behind the last file.
"""

import struct
from collections.abc import Mapping, Sequence

from pipeline.errors import ParserProtocolError

COUNT = struct.Struct("!I")
HEADER = struct.Struct("!II")


def pack(files: Mapping[int, bytes]) -> bytes:
    """The files behind one another, in the order of the mapping."""
    parts = [COUNT.pack(len(files))]
    for number, content in files.items():
        parts += (HEADER.pack(number, len(content)), content)
    return b"".join(parts)


def unpack(data: bytes, expected: Sequence[int]) -> dict[int, bytes]:
    """The files of exactly the expected numbers, in that order; none is empty.

    Raises:
        ParserProtocolError: these are other files, or no files at all.
    """
    try:
        (count,) = COUNT.unpack_from(data)
        if count != len(expected):
            raise ParserProtocolError(f"{count} files where {len(expected)} were asked for")
        place, found = COUNT.size, {}
        for number in expected:
            found[number] = _file(data, place, number)
            place += HEADER.size + len(found[number])
    except struct.error as error:
        raise ParserProtocolError("a list of files that ends too early") from error
    if place != len(data):
        raise ParserProtocolError("a list of files that goes on after its last one")
    return found


def _file(data: bytes, place: int, expected: int) -> bytes:
    number, length = HEADER.unpack_from(data, place)
    start = place + HEADER.size
    if number != expected:
        raise ParserProtocolError(f"file {number} where file {expected} was asked for")
    if not 0 < length <= len(data) - start:
        raise ParserProtocolError(f"a file of {length} bytes where {len(data) - start} are left")
    return data[start : start + length]
