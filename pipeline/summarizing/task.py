"""The summary as a task of the child process."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.summarizing import extractive
from schemas.documents import Document


def summarize(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Read a `Document` as JSON, answer with a `Summary` as JSON; `arguments`: `sentences` (default 5)."""
    assert source is not None
    document = Document.model_validate_json(source.read())
    progress(0.5)
    summary = extractive.summarize(document, sentences=int(arguments.get("sentences", 5)))
    progress(1.0)
    return summary.model_dump_json().encode()
