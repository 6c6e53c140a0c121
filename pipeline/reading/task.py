"""What the child process does with a document: read it, or show one of its pages."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import orjson

from pipeline.errors import InvalidRequest, NotFound, UnsupportedType
from pipeline.reading.options import PageProgress, Progress, ReadingOptions
from pipeline.reading.readers import reader_for
from pipeline.settings import Reading
from schemas.documents import Document

MAX_SIDE_PX = 4_096


def preload() -> None:
    """Load what most documents need, once, before children are forked."""
    from pipeline.reading import ocr
    from pipeline.reading.image import document as image_document
    from pipeline.reading.pdf import document as pdf_document

    del image_document, pdf_document
    ocr.preload()


def read_document(source: BinaryIO | None, arguments: dict[str, Any], progress: PageProgress) -> bytes:
    """Read a document. Gives `Document` as JSON.

    `arguments` are `media_type`, `name`, `password`, `settings`, and `left_out`: page → why it is not touched.

    Raises:
        InputError: it cannot be read; which one says why.
    """
    source, options = _opened(source, arguments)
    options = replace(options, at_page=progress.at_page)
    with _no_collections():
        return as_json(reader_for(options.media_type)(source, options, progress))


@contextmanager
def _no_collections() -> Iterator[None]:
    """Put off the cyclic garbage collector: it would walk all words of a long document again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def as_json(document: Document) -> bytes:
    """A document as JSON, without validating it once more; unset fields are left out."""
    return orjson.dumps(document, default=_fields)


def _fields(value: Any) -> Any:  # noqa: ANN401 - a model of any kind
    return value.__dict__


def render_page(source: BinaryIO | None, arguments: dict[str, Any], progress: Progress) -> bytes:
    """A page as PNG, as it is displayed; `arguments` as for `read_document`, with `page` (from 1) and `side_px`.

    Raises:
        NotFound: there is no page of that number.
        UnsupportedType: the document has no pages.
    """
    from pipeline.reading.image.frames import ImageFile, as_png

    source, options = _opened(source, arguments)
    number = int(arguments["page"])
    side = min(MAX_SIDE_PX, int(arguments["side_px"]))
    if number < 1 or side < 1:
        raise NotFound("there is no such page")
    if options.media_type == "application/pdf":
        from pipeline.reading.pdf.mupdf import Pdf

        pdf = Pdf(source, options.password)
        _check_number(number, pdf.page_count)
        bitmap = pdf.page(number).render(side)
    elif options.media_type.startswith("image/"):
        image = ImageFile(source, options.media_type, options.settings.max_pixels)
        _check_number(number, image.frame_count)
        bitmap = image.frame(number)
    else:
        raise UnsupportedType("the document has no pages to show", media_type=options.media_type)
    progress(1.0)
    return as_png(bitmap, side)


def _check_number(number: int, count: int) -> None:
    if number > count:
        raise NotFound(f"there is no page {number}; the document has {count}", pages=count)


def _opened(source: BinaryIO | None, arguments: dict[str, Any]) -> tuple[BinaryIO, ReadingOptions]:
    if source is None:
        raise InvalidRequest("there is no file to read")
    options = ReadingOptions(
        name=arguments.get("name", ""),
        media_type=arguments["media_type"],
        password=arguments.get("password"),
        settings=Reading.model_validate(arguments.get("settings", {})),
        left_out={int(number): str(reason) for number, reason in arguments.get("left_out", {}).items()},
    )
    return source, options
