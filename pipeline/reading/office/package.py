"""The gate in front of every Office file, and the words for what a library throws at a broken one.

The archive and the beginnings of its XML parts are checked before a library opens it.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from lxml import etree

from pipeline.errors import DamagedFile, SheafError
from pipeline.intake.containers import check_archive, open_archive
from pipeline.reading.options import ReadingOptions

PROLOG_BYTES = 65_536
_ENCODINGS = {
    b"utf-8",
    b"utf8",
    b"utf-16",
    b"utf-16le",
    b"utf-16be",
    b"us-ascii",
    b"ascii",
    b"iso-8859-1",
    b"windows-1252",
}
"""Sets in which `<!DOCTYPE` has the bytes it has in ASCII, but for zeros between."""
# XML 1.0, production 22, without the document type declaration; a processing instruction or comment may not hold "<a".
_PROLOG = re.compile(rb"(?:\s+|<\?[^>]*?\?>|<!--(?:[^-]|-[^-])*-->)*")
_DECLARED = re.compile(rb"<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([^\"']*)[\"']")
_ROOT = re.compile(rb"<[A-Za-z_\x80-\xff]")

# What the libraries raise on packages that are no packages: they take a file for well-formed, and stumble on the first
# relationship, part or attribute that is missing.
ERRORS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    etree.LxmlError,
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,  # RecursionError is one
    SyntaxError,  # ElementTree's ParseError is one
    OSError,  # and so EOFError's cousins in zipfile
    EOFError,
)


@contextmanager
def damage_is_said(what: str, *own: type[Exception]) -> Iterator[None]:
    """Turn `ERRORS`, and the library's `own`, into `DamagedFile` about `what`; ours and `MemoryError` pass through."""
    try:
        yield
    except SheafError:
        raise
    except (*ERRORS, *own) as error:
        raise DamagedFile(f"the {what} is damaged and cannot be read", exception=type(error).__name__) from error


def check_package(source: BinaryIO, options: ReadingOptions) -> None:
    """Refuse what is not safe to open, before any library does; leaves `source` at its beginning.

    Raises:
        LimitExceeded: it inflates too far.
        DamagedFile: it is no decent archive, or an XML part declares a document type, which can hide entities.
        UnsupportedType: it is encrypted.
    """
    check_archive(source, max_bytes=options.settings.max_archive_bytes)
    with damage_is_said("archive"), open_archive(source) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                with archive.open(entry) as part:
                    check_prolog(part.read(PROLOG_BYTES), entry.filename)
    source.seek(0)


def check_prolog(head: bytes, name: str) -> None:
    """Refuse an XML part whose root element does not come where it should; other parts pass.

    Raises:
        DamagedFile: a document type is declared, or what comes before the root element cannot be told.
    """
    head = head.replace(b"\x00", b"")  # UTF-16 in either order
    head = re.sub(rb"^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)", b"", head)
    if not head.lstrip().startswith(b"<"):
        return
    prolog = _PROLOG.match(head)
    end = prolog.end() if prolog else 0
    declared = _DECLARED.match(head.lstrip())
    if head[end : end + 9].upper() == b"<!DOCTYPE":
        raise DamagedFile("a part of the file declares a document type, which Office files never do", part=name)
    if (declared and declared[1].lower() not in _ENCODINGS) or not _ROOT.match(head, end):
        raise DamagedFile("a part of the file is not XML as Office writes it", part=name)
