"""What was read of a document, cut into chunks for an index."""

from collections.abc import Callable

from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.jobs.artifacts import load, open_artifact
from pipeline.models.embedding import CountedAnywhere, Embedder
from pipeline.services import Services
from pipeline.stores.records.artifacts import ArtifactRecord
from schemas.documents import Document

SMALL_BYTES = 512 * 1024
"""A document read into less is cut into chunks here, in a quarter of a second; a child would cost as much."""


def cut(
    services: Services, read: ArtifactRecord, embedder: Embedder, cancelled: Callable[[], bool] = lambda: False
) -> ChunkedDocument:
    """The chunks as the embedder can read them; `read` is what the stage `read` made.

    Raises:
        BlobMissing: it is gone.
        ParserError: the child that cuts a long document ended badly.
    """
    if read.size > SMALL_BYTES and isinstance(embedder, CountedAnywhere):
        arguments = {"counter": embedder.counter, "max_tokens": embedder.max_tokens}
        with open_artifact(services.blobs, read) as source:
            answer = services.sandbox.run(
                "pipeline.indexing.task:chunk_document", source, arguments, cancelled=cancelled
            )
        return ChunkedDocument.from_bytes(answer)
    document = Document.model_validate_json(load(services.blobs, read))
    chunks = chunk(document, embedder.count_tokens, embedder.max_tokens)
    return ChunkedDocument(chunks=chunks, language=document.language)
