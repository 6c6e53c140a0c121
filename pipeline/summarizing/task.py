"""The summary as a task of the child process."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.summarizing import extractive
from pipeline.summarizing.notes import Told
from pipeline.summarizing.placing import placed
from schemas.documents import Document


def summarize(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Read a `Document` as JSON, answer with a `Summary` as JSON; `arguments`: `sentences` (default 5)."""
    assert source is not None
    document = Document.model_validate_json(source.read())
    progress(0.5)
    summary = extractive.summarize(document, sentences=int(arguments.get("sentences", 5)))
    progress(1.0)
    return summary.model_dump_json().encode()


def place(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Hold a model's sentences (`arguments`: a `Told` as JSON values) to a `Document` as JSON; gives a `Summary`."""
    assert source is not None
    told = Told.model_validate(arguments)
    document = Document.model_validate_json(source.read())
    progress(0.3)
    summary = placed(document, told.sentences)
    progress(1.0)
    return summary.model_dump_json().encode()
