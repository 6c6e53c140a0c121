"""The size that a JPEG says it has, without decoding it."""

import struct

START = b"\xff\xd8"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what decoders read everywhere."""
_SEGMENT = struct.Struct("!BBH")
_FRAME = struct.Struct("!BHH")


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the first frame header says (ITU-T T.81, B.2.2); None where there is none."""
    if not data.startswith(START):
        return None
    place = len(START)
    while place + _SEGMENT.size + _FRAME.size <= len(data):
        prefix, marker, length = _SEGMENT.unpack_from(data, place)
        if prefix != 0xFF or length < 2:
            return None
        if marker in _FRAMES:
            _, height, width = _FRAME.unpack_from(data, place + _SEGMENT.size)
            return width, height
        place += 2 + length
    return None
