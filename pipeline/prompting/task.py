"""The task of the child process that turns a document into parts for prompts."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from pipeline.prompting import wire
from pipeline.prompting.pages import ornaments_of, page_part
from pipeline.prompting.parts import TextPart
from pipeline.prompting.stretches import stretch_parts
from schemas.documents import Document


def prepare(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Make the parts of a document.

    Args:
        source: a `Document` as JSON.
        arguments: `{"part_bytes": most bytes of text in a part of a document without pages}`.
        progress: called with the done share.

    Returns:
        What `wire.unpack` reads.
    """
    assert source is not None
    document = Document.model_validate_json(source.read())
    progress(0.5)
    return wire.pack(_parts(document, int(arguments["part_bytes"]), progress))


def _parts(document: Document, part_bytes: int, progress: Callable[[float], None]) -> Iterator[TextPart]:
    if document.shape != "pages":
        yield from stretch_parts(document, part_bytes)
        return
    pixels = document.media_type.startswith("image/")
    ornaments = ornaments_of(document.pages)
    for done, page in enumerate(document.pages, 1):
        yield page_part(page, pixels=pixels, ornaments=ornaments)
        progress(0.5 + 0.5 * done / len(document.pages))
