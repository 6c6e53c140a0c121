"""What the child process does with a document: read it, or show its pages."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import orjson

from pipeline.errors import InputError, InvalidRequest, NotFound
from pipeline.models.llama4 import Canvas, place
from pipeline.reading.display import Display, open_display
from pipeline.reading.numbered import pack
from pipeline.reading.options import PageProgress, Progress, ReadingOptions
from pipeline.reading.readers import reader_for
from pipeline.settings import Reading
from schemas.documents import Document

MAX_SIDE_PX = 4_096
MAX_TILES = 64
"""Of one canvas: four times what Llama 4 takes by default."""


def preload() -> None:
    """Load what most documents need, once, before children are forked."""
    from pipeline.reading import ocr
    from pipeline.reading.image import canvas
    from pipeline.reading.image import document as image_document
    from pipeline.reading.pdf import document as pdf_document

    del canvas, image_document, pdf_document
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
    from pipeline.reading.image.frames import as_png

    source, options = _opened(source, arguments)
    number = int(arguments["page"])
    side = min(MAX_SIDE_PX, int(arguments["side_px"]))
    display = open_display(source, options)
    if number < 1 or side < 1:
        raise NotFound("there is no such page")
    if number > display.count:
        raise NotFound(f"there is no page {number}; the document has {display.count}", pages=display.count)
    bitmap = display.bitmap(number, side)
    progress(1.0)
    return as_png(bitmap, side)


def render_canvases(source: BinaryIO | None, arguments: dict[str, Any], progress: Progress) -> bytes:
    """Pages as JPEG, each scaled and padded with white to its canvas exactly.

    `arguments` are as for `read_document`, with `canvases`: a list of `[page, rows, columns]`, pages from 1, rows and
    columns in tiles. The result is `numbered.pack` of them, in that order.

    Raises:
        UnsupportedType: the document has no pages.
        InvalidRequest: there is no page of that number, or a canvas has no tiles or too many.
        InputError: a page cannot be drawn; the fact `page` says which.
    """
    source, options = _opened(source, arguments)
    display = open_display(source, options)
    made: dict[int, bytes] = {}
    wanted = [(int(number), int(rows), int(columns)) for number, rows, columns in arguments["canvases"]]
    for number, rows, columns in wanted:
        try:
            made[number] = _laid(display, number, (rows, columns))
        except InputError as error:
            raise type(error)(error.message, **error.facts | {"page": number}) from error
        progress(len(made) / len(wanted))
    return pack(made)


UNDRAWN = b"!"
"""In the place of a page that cannot be drawn: no JPEG begins so."""


def render_pictures(source: BinaryIO | None, arguments: dict[str, Any], progress: Progress) -> bytes:
    """Pages as JPEG, the longer side at most `side_px`; `arguments` as for `read_document`, with `pages` (from 1).

    The result is `numbered.pack` of them, in that order, with `UNDRAWN` for each that cannot be drawn.

    Raises:
        UnsupportedType: the document has no pages.
        InputError: it cannot be opened.
    """
    from pipeline.reading.image.frames import as_jpeg

    source, options = _opened(source, arguments)
    side = min(MAX_SIDE_PX, int(arguments["side_px"]))
    display = open_display(source, options)
    made: dict[int, bytes] = {}
    wanted = [int(number) for number in arguments["pages"]]
    for number in wanted:
        try:
            there = 1 <= number <= display.count
            made[number] = as_jpeg(display.bitmap(number, side), side) if there else UNDRAWN
        except InputError:
            made[number] = UNDRAWN
        progress(len(made) / len(wanted))
    return pack(made)


def _laid(display: Display, number: int, canvas: Canvas) -> bytes:
    from pipeline.reading.image.canvas import on_canvas

    rows, columns = canvas
    if min(rows, columns) < 1 or rows * columns > MAX_TILES:
        raise InvalidRequest(f"a canvas of {rows} by {columns} tiles; the limit is {MAX_TILES} tiles", limit=MAX_TILES)
    if not 1 <= number <= display.count:
        raise InvalidRequest(f"there is no page {number}; the document has {display.count}", pages=display.count)
    placed = place(*display.size(number), canvas)
    return on_canvas(display.bitmap(number, max(placed.width, placed.height)), placed)


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
