"""A child task: a read document as Markdown or plain text. A long document takes a while in pure Python."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.reading.content import as_markdown, as_text
from schemas.documents import Document

VERSION = 3
"""Raised whenever the same document is converted otherwise: what was kept of an earlier one is made again."""


def convert(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """`source` holds a `Document` as JSON; `arguments["format"]` is `markdown` or `text`. Returns UTF-8."""
    del progress
    assert source is not None
    document = Document.model_validate_json(source.read())
    text = as_markdown(document) if arguments["format"] == "markdown" else as_text(document)
    # Text out of a broken file may hold lone surrogates, which UTF-8 has no place for.
    return text.encode(errors="replace")
