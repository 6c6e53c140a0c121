"""What an answer cites: words of a passage with their places in the document."""

from pipeline.answering.duplicates import folded
from pipeline.answering.passage import Passage, Twin
from pipeline.indexing.anchors import locate
from schemas.answers import AlsoIn, Citation

MOST_NAMED = 50
"""Documents that a passage is also in, and chunks of each of them."""


def quoted(passage: Passage, start: int, end: int) -> Citation:
    """The characters `start` to `end` (half open) of a passage's text."""
    chunk = passage.chunk
    ids = passage.holding(start, end)
    return Citation(
        document_id=chunk.document_id,
        document_name=chunk.document_name,
        chunk_id=ids[0],
        chunk_ids=ids,
        quote=chunk.text[start:end],
        evidence=locate(chunk.text, chunk.anchors, start, end),
        also_in=also_in(passage, chunk.text[start:end]),
    )


def also_in(passage: Passage, quote: str = "") -> list[AlsoIn]:
    """The documents that say nearly the same as a passage, and this quote of it, in the order in which they match."""
    wanted = folded(quote)
    found: dict[str, list[Twin]] = {}
    for twin in passage.twins:
        if wanted in folded(twin.chunk.text):
            found.setdefault(twin.chunk.document_id, []).append(twin)
    return [
        AlsoIn(
            document_id=twins[0].chunk.document_id,
            document_name=twins[0].chunk.document_name,
            chunk_ids=[twin.chunk.id for twin in twins[:MOST_NAMED]],
            exact=all(twin.exact for twin in twins),
        )
        for twins in list(found.values())[:MOST_NAMED]
    ]
