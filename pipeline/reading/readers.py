"""Which reader reads which media type: the one table.

A reader is `(source, options, progress) -> Document`; it runs in the child process. Readers are named as
"module:function" and imported when first used, so that a child loads only the libraries its document needs.
"""

from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO, cast

from pipeline.errors import UnsupportedType
from pipeline.reading.options import Progress, ReadingOptions
from schemas.documents import Document

ReaderFunction = Callable[[BinaryIO, ReadingOptions, Progress], Document]

_OFFICE = "application/vnd.openxmlformats-officedocument."

READERS: dict[str, str] = {
    "application/pdf": "pipeline.reading.pdf.document:read_pdf",
    "image/png": "pipeline.reading.image.document:read_image",
    "image/jpeg": "pipeline.reading.image.document:read_image",
    "image/tiff": "pipeline.reading.image.document:read_image",
    "image/webp": "pipeline.reading.image.document:read_image",
    "image/heic": "pipeline.reading.image.document:read_image",
    "image/gif": "pipeline.reading.image.document:read_image",
    "image/bmp": "pipeline.reading.image.document:read_image",
    _OFFICE + "wordprocessingml.document": "pipeline.reading.office.word:read_word",
    _OFFICE + "presentationml.presentation": "pipeline.reading.office.slides:read_slides",
    _OFFICE + "spreadsheetml.sheet": "pipeline.reading.office.workbook:read_workbook",
    "application/xml": "pipeline.reading.embedded.document:read_xml_invoice",
    "text/html": "pipeline.reading.text.html:read_html",
    "text/markdown": "pipeline.reading.text.markdown:read_markdown",
    "text/plain": "pipeline.reading.text.plain:read_plain",
    "message/rfc822": "pipeline.reading.text.mail:read_mail",
}


def reader_for(media_type: str) -> ReaderFunction:
    """The reader of a media type.

    Raises:
        UnsupportedType: no reader reads it.
    """
    name = READERS.get(media_type)
    if name is None:
        raise UnsupportedType(f"files of type {media_type} are not read", media_type=media_type)
    module, _, function = name.partition(":")
    return cast("ReaderFunction", getattr(import_module(module), function))
