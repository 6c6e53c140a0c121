"""Search requests to hits."""

from pipeline.answering.choosing import best_passages
from pipeline.answering.citations import also_in
from pipeline.answering.passage import Passage
from pipeline.answering.retrieval import Corpus
from pipeline.indexing.anchors import locate
from schemas.answers import Hit, SearchRequest, SearchResponse


def search(request: SearchRequest, *, workspace_id: str, corpus: Corpus) -> SearchResponse:
    """The passages of the workspace that match, best first.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
    """
    passages, warnings = best_passages(
        corpus, request.query, workspace_id=workspace_id, filters=request.filters, limit=request.limit
    )
    return SearchResponse(items=[_hit(passage) for passage in passages], warnings=warnings)


def _hit(passage: Passage) -> Hit:
    chunk = passage.chunk
    return Hit(
        document_id=chunk.document_id,
        document_name=chunk.document_name,
        chunk_id=chunk.id,
        chunk_ids=passage.chunk_ids,
        text=chunk.text,
        section=chunk.section,
        score=passage.score,
        evidence=locate(chunk.text, chunk.anchors),
        also_in=also_in(passage),
    )
