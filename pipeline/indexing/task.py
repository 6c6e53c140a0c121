"""A child task: a read document as chunks. A long document takes many seconds in pure Python."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, cast

from pipeline.indexing.chunking import CountTokens, chunks
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.reading.child.protocol import check_task
from schemas.documents import Document


def chunk_document(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """`source` holds a `Document` as JSON; gives `ChunkedDocument.to_bytes()`.

    Arguments: `counter` ("module:function", called once, gives the function that counts tokens) and `max_tokens`.
    """
    assert source is not None
    document = Document.model_validate_json(source.read())
    found = []
    for one in chunks(document, _counter(arguments["counter"]), arguments["max_tokens"]):
        found.append(one)
        progress(0.0)  # how many there will be is not known; it is a sign of life
    return ChunkedDocument(chunks=found, language=document.language).to_bytes()


def _counter(name: str) -> CountTokens:
    module, function = check_task(name)
    return cast("CountTokens", getattr(import_module(module), function)())
