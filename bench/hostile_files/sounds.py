"""Hostile recordings: headers that promise hours, frames that do not come."""

import struct
from collections.abc import Iterator

from bench.hostile_files.made import HostileFile


def wav(data: bytes, *, declared: int, rate: int = 16_000, channels: int = 1, bits: int = 16, code: int = 1) -> bytes:
    """A WAV file whose header declares that many bytes of sound."""
    align = max(1, channels * bits // 8)
    head = struct.pack("<HHIIHH", code, channels, rate, min(rate * align, 2**32 - 1), align, bits)
    sizes = struct.pack("<I", min(declared + 36, 2**32 - 1)), struct.pack("<I", declared)
    return b"RIFF" + sizes[0] + b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + sizes[1] + data


def box(kind: bytes, data: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", len(data) + 8) + kind + data


def mp4_with_table(entries: int) -> bytes:
    """An MP4 whose time table says it has that many entries."""
    table = box(b"stts", bytes(4) + struct.pack(">III", entries, 1, 1))
    sound = box(b"mdia", box(b"minf", box(b"stbl", table)))
    return box(b"ftyp", b"M4A \x00\x00\x00\x00isom") + box(b"moov", box(b"trak", sound)) + box(b"mdat", bytes(100))


def flac(samples: int) -> bytes:
    """A FLAC header that declares that many samples, and no frame."""
    info = struct.pack(">HH", 4096, 4096) + bytes(6)
    info += ((44_100 << 44) | (1 << 41) | (15 << 36) | samples).to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info


def sounds() -> Iterator[HostileFile]:
    """The family."""
    second = bytes(32_000)
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    tag = b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"
    for name, data, why in (
        ("lying.wav", wav(second, declared=2**32 - 1), "a second that says it is 37 hours"),
        ("hour.wav", wav(second * 60, declared=32_000 * 3600), "an hour is declared, a minute is there"),
        ("no-channels.wav", wav(second, declared=32_000, channels=0), "no channel"),
        ("fast.wav", wav(second, declared=32_000, rate=2**32 - 1), "four thousand million samples a second"),
        ("odd-codec.wav", wav(second, declared=32_000, code=0x5555), "a codec nobody knows"),
        ("empty.wav", wav(b"", declared=0), "no sound"),
        ("truncated.mp3", (frame * 20)[:-200], "cut inside a frame"),
        ("tag-bomb.mp3", tag + frame, "a tag that says it is 256 MiB"),
        ("table.m4a", mp4_with_table(2**32 - 1), "a table of four thousand million entries"),
        (
            "box-loop.mp4",
            b"\x00\x00\x00\x18ftypisom" + bytes(12) + b"\x00\x00\x00\x00moov" * 1000,
            "boxes of no length",
        ),
        ("endless.flac", flac(2**36 - 1), "18 days are declared, no frame is there"),
        ("header.ogg", b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(22), "nothing behind the header"),
    ):
        yield HostileFile(name=name, data=data, why=why)
