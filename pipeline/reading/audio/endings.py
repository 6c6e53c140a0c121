"""Whether a recording goes on to the end that it was given, as far as its format lets that be known.

| format | what tells |
|---|---|
| WAV | the size of the file, in its first bytes; what lies behind the sound and is no chunk |
| MP4, FLAC | the length, in the header |
| MP3 | the count of frames in a Xing or Info header, where there is one; else only a last frame that is not whole |
| Ogg | the last page is marked as the end of its stream, and pages are numbered (RFC 3533, section 6) |

An MP3 without such a header that was cut between two frames is like one that ends there, and so is any AAC (ADTS).
"""

import os
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipeline.reading.audio.ogg_pages import LONGEST_PAGE, MARK, missing_pages, parse_page
from schemas.documents import Notice

WITHIN_SECONDS = {"mov": 1.0, "flac": 0.1, "mp3": 0.2}
"""How exact the stated length is in the formats that state one; that of others is FFmpeg's estimate."""
RIFF_UNKNOWN = 0x7FFFF000
"""Sizes from here on are what programs write that do not know the length yet."""
UNTOLD_SECONDS = 1.0
"""So much may lie behind the sound of a WAV without being chunks: tags, padding."""
XING_WITHIN = 4096
"""Bytes: no frame is longer, and the header is a frame of its own before the first that sounds."""

# The frame's header, side information of 9, 17 or 32 bytes behind it (two more with a checksum), the mark, and flags
# of which the lowest says that a count of frames follows.
_XING = re.compile(
    rb"\xff[\xe2-\xff].{2}.{9,34}?(?:Xing|Info)\x00\x00\x00[\x01\x03\x05\x07\x09\x0b\x0d\x0f]", re.DOTALL
)
# ISO/IEC 11172-3 and 13818-3, layer III: kbit/s by index, Hz by index, for MPEG-1 and for MPEG-2 and 2.5.
_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(kw_only=True)
class Packets:
    """What is remembered of a recording's packets while they are decoded."""

    first: int | None = None
    """Where the first one begins in the file."""
    last: Any = None

    @property
    def end(self) -> int | None:
        """Where the last one ends in the file; `None` where that is not known."""
        return None if self.last is None or self.last.pos is None else int(self.last.pos + self.last.size)

    def note(self, packet: Any) -> None:  # noqa: ANN401 - av has no type information
        """Another one has come; FFmpeg ends with an empty one."""
        if packet.size:
            self.first = packet.pos if self.first is None else self.first
            self.last = packet


def cut_off(source: BinaryIO, demuxer: str, packets: Packets, *, stated: float | None, seconds: float) -> Notice | None:
    """A warning where a part is missing at the end; `stated` is FFmpeg's word on the length, `seconds` were decoded."""
    if demuxer == "wav":
        return _shorter_wave(source) or _longer_wave(source, packets, seconds)
    if demuxer == "ogg":
        return _endless_ogg(source) or _lacking_ogg(source)
    known = demuxer in WITHIN_SECONDS and (demuxer != "mp3" or states_length(source, packets.first))
    if known and stated is not None and seconds < stated - WITHIN_SECONDS[demuxer]:
        return _incomplete(f"it says that it is {stated:.1f} seconds long, but only {seconds:.1f} could be decoded")
    if demuxer == "mp3" and packets.last is not None and not is_whole(bytes(packets.last)):
        return _incomplete("its last frame is cut")
    return None


def _incomplete(why: str) -> Notice:
    return Notice(code="recording-incomplete", message=f"the recording is not complete: {why}")


def _shorter_wave(source: BinaryIO) -> Notice | None:
    """RIFF states the bytes of the file behind its first eight."""
    size = source.seek(0, os.SEEK_END)
    source.seek(4)
    declared = int.from_bytes(source.read(4), "little") + 8
    if declared >= RIFF_UNKNOWN or declared <= size + 8:
        return None
    return _incomplete(f"it says that it has {declared} bytes, but only {size} are there")


def _longer_wave(source: BinaryIO, packets: Packets, seconds: float) -> Notice | None:
    """A program that died left the size of the sound as it was when it last wrote it."""
    if packets.first is None or packets.end is None:
        return None
    size = source.seek(0, os.SEEK_END)
    untold = size - _behind_chunks(source, packets.end, size)
    if untold * seconds < UNTOLD_SECONDS * (packets.end - packets.first):
        return None
    return _incomplete(f"{untold} bytes lie behind the sound that its header tells of")


def _behind_chunks(source: BinaryIO, at: int, size: int) -> int:
    """Where the RIFF chunks end that follow one another from `at` on; an odd one is padded."""
    at += at & 1
    while at + 8 <= size:
        source.seek(at)
        name, length = source.read(4), int.from_bytes(source.read(4), "little")
        after = at + 8 + length + (length & 1)
        if not (name.isascii() and name.decode("ascii").isprintable()) or after > size + 1:
            break
        at = after
    return min(at, size)


def _endless_ogg(source: BinaryIO) -> Notice | None:
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - 2 * LONGEST_PAGE))
    tail = source.read()
    at = tail.rfind(MARK)
    if at < 0:
        return None  # something else lies behind the recording
    last = parse_page(tail[at:])
    if last is None or at + last.length > len(tail):
        return _incomplete("its last page is cut")
    return None if last.ends else _incomplete("it stops without the mark of its end")


def _lacking_ogg(source: BinaryIO) -> Notice | None:
    missing = missing_pages(source)
    return _incomplete(f"{missing} of its pages are not there") if missing else None


def states_length(source: BinaryIO, first: int | None) -> bool:
    """Whether a Xing or Info header with a count of frames lies before the MP3's packet at `first`."""
    if not first:
        return False
    start = max(0, first - XING_WITHIN)
    source.seek(start)
    return _XING.search(source.read(first - start)) is not None


def is_whole(frame: bytes) -> bool:
    """Whether an MPEG frame is as long as its header says; true where that cannot be told."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:  # sync, layer III
        return True
    version, rate, place = frame[1] >> 3 & 3, frame[2] >> 2 & 3, frame[2] >> 4
    if version not in _HERTZ or rate == 3 or place in {0, 15}:  # reserved, or a free bit rate
        return True
    of_version = 3 if version == 3 else 2
    slots = (144_000 if version == 3 else 72_000) * _KBITS[of_version][place] // _HERTZ[version][rate]
    return len(frame) >= slots + (frame[2] >> 1 & 1)
