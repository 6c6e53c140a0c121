"""Hostile images: a few bytes that unfold to gigapixels, sizes that lie, frames without end."""

import io
import struct
from collections.abc import Iterator
from zlib import compress, crc32

from PIL import Image

from bench.hostile_files.made import MIB, HostileFile, deflated_zeros


def sound(kind: str) -> bytes:
    """A sound image with something in it."""
    image = Image.effect_noise((320, 240), 60).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


def png(width: int, height: int, pixels: bytes, extra: bytes = b"") -> bytes:
    """A 1-bit PNG with these deflated pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tiff(entries: list[tuple[int, int, int, int]], following: int = 0, data: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory (tag, type, count, value) at offset 8, and what comes behind it."""
    fields = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(entries)) + fields + struct.pack("<I", following) + data


def tiff_picture(width: int, height: int, data: bytes, following: int = 0) -> bytes:
    """A 1-bit picture, deflated."""
    place = 8 + 2 + 9 * 12 + 4
    tags = [(256, width), (257, height), (258, 1), (259, 8), (262, 1), (273, place), (277, 1), (278, height)]
    return tiff([(tag, 4, 1, value) for tag, value in [*tags, (279, len(data))]], following, data)


def tiff_frames(count: int) -> bytes:
    """So many pictures of one pixel."""
    out = bytearray(b"II*\x00\x08\x00\x00\x00")
    size = 2 + 8 * 12 + 4
    for number in range(count):
        following = 0 if number == count - 1 else len(out) + size
        tags = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 0), (278, 1), (279, 1)]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        out += struct.pack("<I", following)
    return bytes(out)


def jpeg_that_lies(side: int) -> bytes:
    """A small JPEG whose frame header names another size."""
    data = bytearray(sound("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def gif(width: int, height: int, frames: int) -> bytes:
    """A GIF of that canvas with so many frames of one pixel."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame * frames + b"\x3b"


def bmp(width: int, height: int) -> bytes:
    """A BMP header of that size with a few pixels behind it."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 300, 0, 0, 54) + header + bytes(300)


def images() -> Iterator[HostileFile]:
    """The family."""
    bomb = deflated_zeros(7501 * 60_000 // MIB * MIB + MIB)
    text_bomb = chunk(b"zTXt", b"Comment\x00\x00" + deflated_zeros(1024 * MIB))
    profile_bomb = chunk(b"iCCP", b"icc\x00\x00" + deflated_zeros(512 * MIB))
    for name, data, why in (
        ("bomb.png", png(60_000, 60_000, bomb), "3.6 gigapixels in half a megabyte"),
        ("endless.png", png(2**31 - 1, 2**31 - 1, compress(b"\x00")), "says it is 2^31 pixels wide"),
        ("text-bomb.png", png(8, 8, compress(bytes(16)), text_bomb), "a comment of a gigabyte"),
        ("profile-bomb.png", png(8, 8, compress(bytes(16)), profile_bomb), "a colour profile of half a gigabyte"),
        ("truncated.png", sound("PNG")[:20_000], "cut in the middle"),
        ("truncated.jpg", sound("JPEG")[:9_000], "cut in the middle"),
        ("lying.jpg", jpeg_that_lies(65_500), "says it is 65,500 pixels wide"),
        ("bomb.tiff", tiff_picture(100_000, 100_000, deflated_zeros(1280 * MIB)), "ten gigapixels"),
        ("loop.tiff", tiff_picture(8, 8, compress(bytes(8)), following=8), "a directory that leads to itself"),
        ("frames.tiff", tiff_frames(20_000), "twenty thousand frames"),
        ("count.tiff", tiff([(256, 4, 2**32 - 1, 8)]), "a tag with four thousand million values"),
        ("bomb.gif", gif(65_535, 65_535, 50), "a canvas of four gigapixels"),
        ("frames.gif", gif(16, 16, 30_000), "thirty thousand frames"),
        ("huge.bmp", bmp(2**31 - 1, -(2**31) + 1), "says it is 2^31 pixels high, upside down"),
        ("truncated.webp", sound("WEBP")[:500], "cut near the beginning"),
        (
            "broken.heic",
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\xff\xff\xff\xffmeta" + bytes(200),
            "no image",
        ),
    ):
        yield HostileFile(name=name, data=data, why=why)
