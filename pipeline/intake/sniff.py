"""What a file is, by its content. Cheap: reads the first and last KiB, and the directory of an archive."""

import os
from typing import BinaryIO

from pipeline.errors import EmptyFile, UnsupportedType
from pipeline.intake.containers import archive_type
from pipeline.intake.plaintext import text_type
from pipeline.intake.signatures import signature

HEAD_BYTES = 8192
TAIL_BYTES = 2048

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        *(f"image/{kind}" for kind in ("png", "jpeg", "tiff", "webp", "heic", "gif", "bmp")),
        *(f"audio/{kind}" for kind in ("wav", "mpeg", "mp4", "aac", "flac", "ogg")),
        "video/mp4",
        *(
            _OFFICE + kind
            for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
        ),
        "application/xml",
        "text/html",
        "text/markdown",
        "text/plain",
        "message/rfc822",
    }
)
"""Everything that is read."""

_SAID = {
    "application/postscript": "a PostScript file, which is a program; make a PDF of it",
    "image/svg+xml": "an SVG drawing; make a PDF or PNG of it",
    "application/x-playlist": "a playlist, which only points at recordings; send the recording itself",
    "application/x-ole-storage": "an old or password-protected Office file; save it as DOCX, XLSX or PPTX, unprotected",
    "application/x-ooxml": "an Office file of a kind that is not read (template, macros); save it as DOCX or PPTX",
    "application/mbox": "a mailbox; send its messages one by one",
    "application/zip": "an archive; send the files in it one by one",
    "application/octet-stream": "binary data of no known format",
}


def sniff(source: BinaryIO, name: str) -> str:
    """The media type, one of `MEDIA_TYPES`. The name's suffix is asked only to tell kinds of text apart.

    A file that could be read as several formats is what its first signature says. `source` is left at its beginning.

    Raises:
        EmptyFile: it has no bytes.
        UnsupportedType: it is something else; the fact `detected` names it.
        DamagedFile, LimitExceeded: it is an archive whose directory cannot be read, or is too large.
    """
    detected = _detect(source, name)
    source.seek(0)
    if detected not in MEDIA_TYPES:
        said = _SAID.get(detected, f"a file of type {detected}")
        raise UnsupportedType(f"not read: this is {said}", detected=detected)
    return detected


def _detect(source: BinaryIO, name: str) -> str:
    size = source.seek(0, os.SEEK_END)
    if size == 0:
        raise EmptyFile
    source.seek(max(0, size - TAIL_BYTES))
    tail = source.read(TAIL_BYTES)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    found = signature(head, tail)
    if found == "application/zip":
        return archive_type(source)
    return found or text_type(head, name) or "application/octet-stream"
