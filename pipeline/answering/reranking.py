"""Passages in the order of a second look, or as they were where that fails."""

import logging
from collections.abc import Sequence

from pipeline.answering.passage import Passage
from pipeline.errors import ModelError
from pipeline.models.rerank import Reranker
from schemas.documents import Notice

log = logging.getLogger("sheaf.answering")

MESSAGE = "The reranker failed; the hits are in the order of the fused search."


def reranked(query: str, passages: Sequence[Passage], reranker: Reranker) -> tuple[list[Passage], list[Notice]]:
    """The passages by the reranker's scores, best first; those it finds equal stay as they were.

    A reranker that fails or takes too long costs the better order only: a notice says so.
    """
    try:
        scores = reranker.scores(query, [_read(passage) for passage in passages])
    except ModelError as error:
        log.warning("reranking failed: %s: %s", error.name, error)
        return list(passages), [Notice(code=error.name, message=MESSAGE)]
    order = sorted(range(len(passages)), key=lambda number: -scores[number])
    return [passages[number] for number in order], []


def _read(passage: Passage) -> str:
    """A passage means little without the headings above it."""
    chunk = passage.chunk
    return f"{chunk.section}\n{chunk.text}" if chunk.section else chunk.text
