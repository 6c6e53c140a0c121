"""Search requests to hits."""

from pipeline.answering.choosing import best_hits
from pipeline.answering.citations import also_in
from pipeline.answering.page_hits import Found, PageHit
from pipeline.answering.retrieval import Corpus
from pipeline.indexing.anchors import locate
from schemas.answers import Hit, SearchRequest, SearchResponse
from schemas.evidence import PageEvidence


def search(request: SearchRequest, *, workspace_id: str, corpus: Corpus) -> SearchResponse:
    """The passages of the workspace that match, and pages without text, best first.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
    """
    found, warnings = best_hits(
        corpus, request.query, workspace_id=workspace_id, filters=request.filters, limit=request.limit
    )
    return SearchResponse(items=[_hit(one) for one in found], warnings=warnings)


def _hit(found: Found) -> Hit:
    if isinstance(found, PageHit):
        return _page(found)
    chunk = found.chunk
    return Hit(
        document_id=chunk.document_id,
        document_name=chunk.document_name,
        chunk_id=chunk.id,
        chunk_ids=found.chunk_ids,
        text=chunk.text,
        section=chunk.section,
        score=found.score,
        evidence=locate(chunk.text, chunk.anchors, best=found.best),
        also_in=also_in(found),
    )


def _page(found: PageHit) -> Hit:
    page = found.page
    return Hit(
        document_id=page.document_id,
        document_name=page.document_name,
        chunk_id=page.id,
        text="",
        section=None,
        score=found.score,
        evidence=[PageEvidence(page=page.number, boxes=[(0.0, 0.0, 1.0, 1.0)], quote="")],
        kind="page",
        image=f"/v1/documents/{page.document_id}/pages/{page.number}.png",
    )
