"""The first bytes by which binary formats are told: those that are read, and those worth naming in a refusal."""

import re
import struct

PDF_HEADER_WITHIN = 1024
"""ISO 32000-1, implementation note 13: readers accept a header anywhere in the first 1024 bytes."""

_AT_START: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"FLV\x01", "video/x-flv"),
    (b"#!AMR", "audio/amr"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-executable"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_SHARED_BRANDS = {b"mif1", b"msf1"}
"""Of still images whatever their codec; AVIF says so among the compatible brands."""
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A "), "audio/mp4"),
    **dict.fromkeys((b"jp2 ", b"jpx "), "image/jp2"),
    b"crx ": "image/x-canon-cr3",
}
_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"pnot"}
_DIB_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_PDF_HEADER = re.compile(rb"%PDF-\d")
_BYTE_ORDER_OR_SPACE = b"\xef\xbb\xbf \t\r\n\x00"


def signature(head: bytes, tail: bytes) -> str | None:
    """The media type that the first bytes name, `None` when they name none.

    `head` is the first few KiB of the file, `tail` the last. The first signature decides: what else the bytes could be
    read as is not asked.
    """
    for magic, media_type in _AT_START:
        if head.startswith(magic):
            return media_type
    return _riff(head) or _iso_media(head) or _bitmap(head) or _mpeg_audio(head) or _late_pdf(head, tail) or _tar(head)


def _riff(head: bytes) -> str | None:
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return _RIFF.get(head[8:12], "application/x-riff")
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "audio/aiff"
    return None


def _iso_media(head: bytes) -> str | None:
    """ISO/IEC 14496-12: the first box is `ftyp`, and names a brand and the brands it is compatible with."""
    if head[4:8] in _QUICKTIME_BOXES:
        return "video/mp4"
    if head[4:8] != b"ftyp":
        return None
    size = min(struct.unpack_from(">I", head)[0], 512)
    brand = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, size, 4)}
    if brand in _SHARED_BRANDS and compatible & {b"avif", b"avis"}:
        return "image/avif"
    return _BRANDS.get(brand, "video/mp4")


def _bitmap(head: bytes) -> str | None:
    """Two letters are too few to go by: the size of the second header must be one there is."""
    if head.startswith(b"BM") and len(head) >= 18 and struct.unpack_from("<I", head, 14)[0] in _DIB_HEADERS:
        return "image/bmp"
    return None


def _mpeg_audio(head: bytes) -> str | None:
    """ISO/IEC 11172-3 frames, ADTS frames (ISO/IEC 13818-7), and either or FLAC behind an ID3v2 tag (id3.org)."""
    if head.startswith(b"ID3") and len(head) >= 10:
        size = 0
        for part in head[6:10]:
            size = size << 7 | part & 0x7F
        behind = head[10 + size :]
        return "audio/flac" if behind.startswith(b"fLaC") else _frame(behind) or "audio/mpeg"
    return _frame(head)


def _frame(head: bytes) -> str | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac" if head[2] >> 2 & 15 < 13 else None
    # Layer I is left out: its frames begin like the byte order mark of UTF-16.
    if layer in {1, 2} and version != 1 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3:
        return "audio/mpeg"
    return None


def _late_pdf(head: bytes, tail: bytes) -> str | None:
    """A PDF with something before its header; when that is more than space, the end must be a PDF's too."""
    found = _PDF_HEADER.search(head[:PDF_HEADER_WITHIN])
    if found and (not head[: found.start()].strip(_BYTE_ORDER_OR_SPACE) or b"%%EOF" in tail):
        return "application/pdf"
    return None


def _tar(head: bytes) -> str | None:
    return "application/x-tar" if head[257:262] == b"ustar" else None
