"""Zip archives, judged by their directory before anything in them is inflated: what they hold, and whether it is safe.

The directory is read by the library that the readers use, so that both see the same entries; it is given a file that
refuses to read more at once than a decent directory needs.
"""

import lzma
import re
import stat
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import BinaryIO

from pipeline.errors import DamagedFile, LimitExceeded, UnsupportedType

MAX_ENTRIES = 2_000
MAX_RATIO = 100
RATIO_FROM_BYTES = 1024 * 1024
"""Small entries may compress as well as they like."""
DIRECTORY_BYTES = 1024 * 1024
CONTENT_TYPES = "[Content_Types].xml"
CONTENT_TYPES_BYTES = 1024 * 1024

_OFFICE = "application/vnd.openxmlformats-officedocument."
# The main part's content type (ECMA-376 part 1, annex on media types) → what the package is.
_MAIN_PARTS = (
    (b"wordprocessingml.document.main+xml", _OFFICE + "wordprocessingml.document"),
    (b"presentationml.presentation.main+xml", _OFFICE + "presentationml.presentation"),
    (b"ms-powerpoint.presentation.macroenabled.main+xml", _OFFICE + "presentationml.presentation"),
    (b"spreadsheetml.sheet.main+xml", _OFFICE + "spreadsheetml.sheet"),
    (b"ms-excel.sheet.macroenabled.main+xml", _OFFICE + "spreadsheetml.sheet"),
)
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    ValueError,
    RuntimeError,
    EOFError,
)
"""What `zipfile` raises at archives that are damaged, encrypted, or packed by a method it does not know."""
_DRIVE = re.compile(r"[A-Za-z]:")


class _Sips:
    """A file that is read in sips: a whole directory of decent size fits into one, nothing larger does."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(DIRECTORY_BYTES + 1 if size < 0 else min(size, DIRECTORY_BYTES + 1))
        if len(data) > DIRECTORY_BYTES:
            raise LimitExceeded("the archive's directory is too large", limit="archive_directory_bytes")
        return data


def open_archive(source: BinaryIO) -> zipfile.ZipFile:
    """The archive, its directory read; reading is bounded to a MiB at once.

    Raises:
        DamagedFile: there is no readable directory.
        LimitExceeded: there are too many entries.
    """
    try:
        archive = zipfile.ZipFile(_Sips(source))
    except _UNREADABLE as error:
        raise DamagedFile("the archive's directory cannot be read") from error
    if len(archive.infolist()) > MAX_ENTRIES:
        message = f"the archive has more than {MAX_ENTRIES} entries"
        raise LimitExceeded(message, limit="archive_entries", value=len(archive.infolist()), allowed=MAX_ENTRIES)
    return archive


def archive_type(source: BinaryIO) -> str:
    """The media type of an archive: one of the three Office formats, or another to name in a refusal.

    Raises:
        DamagedFile, LimitExceeded: as `open_archive`, or the list of content types cannot be read.
    """
    archive = open_archive(source)
    names = {entry.filename for entry in archive.infolist()}
    if CONTENT_TYPES in names:
        listed = _content_types(archive).lower()
        return next((media_type for part, media_type in _MAIN_PARTS if part in listed), "application/x-ooxml")
    if "mimetype" in names:
        return _stored_type(archive)
    return "application/java-archive" if "META-INF/MANIFEST.MF" in names else "application/zip"


def check_archive(source: BinaryIO, *, max_bytes: int) -> None:
    """Refuse an archive that would not inflate to something sensible; called before a library opens it.

    Raises:
        LimitExceeded: more entries, more inflated bytes, or a higher ratio than allowed; `limit` names which.
        DamagedFile: names that lead elsewhere, links, entries that overlap or share a name.
        UnsupportedType: entries are encrypted.
    """
    entries = open_archive(source).infolist()
    total = sum(entry.file_size for entry in entries)
    if total > max_bytes:
        message = f"the archive inflates to {total} bytes; {max_bytes} are allowed"
        raise LimitExceeded(message, limit="archive_bytes", value=total, allowed=max_bytes)
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        if entry.filename in seen:
            raise DamagedFile("two entries of the archive have the same name")
        seen.add(entry.filename)
    _check_overlap(entries)


def _content_types(archive: zipfile.ZipFile) -> bytes:
    try:
        with archive.open(CONTENT_TYPES) as file:
            return file.read(CONTENT_TYPES_BYTES)
    except _UNREADABLE as error:
        raise DamagedFile("the list of what the archive holds cannot be read") from error


def _stored_type(archive: zipfile.ZipFile) -> str:
    """OpenDocument and EPUB say what they are in an entry `mimetype`."""
    try:
        with archive.open("mimetype") as file:
            named = file.read(100).decode("ascii").strip()
    except _UNREADABLE:
        return "application/zip"
    return named if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", named) else "application/zip"


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        raise UnsupportedType("the archive is encrypted", detected="application/zip")
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or _DRIVE.match(name) or "\0" in name:
        raise DamagedFile("an entry of the archive has a name that leads out of it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DamagedFile("an entry of the archive is a link")
    if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * entry.compress_size:
        ratio = entry.file_size // max(1, entry.compress_size)
        message = f"an entry of the archive inflates {ratio} times; {MAX_RATIO} is allowed"
        raise LimitExceeded(message, limit="archive_ratio", value=ratio, allowed=MAX_RATIO)


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share their bytes inflate to far more than the archive could hold."""
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in pairwise(placed):
        if entry.header_offset + entry.compress_size + len(entry.orig_filename) + 30 > following.header_offset:
            raise DamagedFile("entries of the archive overlap")
