"""What an answer cites: words of a passage with their places in the document."""

from pipeline.answering.retrieval import Passage
from pipeline.indexing.anchors import locate
from schemas.answers import Citation


def quoted(passage: Passage, start: int, end: int) -> Citation:
    """The characters `start` to `end` (half open) of a passage's text."""
    chunk = passage.chunk
    return Citation(
        document_id=chunk.document_id,
        document_name=chunk.document_name,
        chunk_id=chunk.id,
        quote=chunk.text[start:end],
        evidence=locate(chunk.text, chunk.anchors, start, end),
    )
