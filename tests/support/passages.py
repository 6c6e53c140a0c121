"""Passages without an index: a text is one with its words, and nothing of where it was read."""

from collections.abc import Sequence

from pipeline.answering.passage import Passage
from pipeline.indexing.anchors import Anchor
from tests.support.corpus import Chunk


def passage(
    text: str,
    number: int = 0,
    document: str = "d",
    *,
    score: float = 1.0,
    revision: int = 1,
    section: str | None = None,
    anchors: Sequence[Anchor] = (),
) -> Passage:
    """Its chunk's id is the document's, with the number."""
    chunk = Chunk(
        id=f"{document}{number}",
        workspace_id="w",
        document_id=document,
        document_name=f"{document}.txt",
        revision=revision,
        number=number,
        text=text,
        section=section,
        anchors=anchors,
    )
    return Passage(chunk=chunk, score=score)
