"""Pages' pictures to points: what the index stage does with them, but for drawing them and for writing SQL."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid5

from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import NAMESPACE, Target, chunk_id
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.pages import PagePoint, PageVectors

Rows = list[dict[str, Any]]


def page_id(target: Target, number: int) -> str:
    """The same for the same page whenever it is embedded: a generation has one model, and a revision one file."""
    place = f"{target.workspace_id}/{target.document_id}/{target.revision}/page {number}@{target.generation}"
    return str(uuid5(NAMESPACE, place))


def page_rows(document: ChunkedDocument, target: Target, numbers: list[int]) -> Rows:
    """Pages as rows for SQL (columns of the table `indexed_pages`)."""
    standing: dict[int, list[str]] = {number: [] for number in numbers}
    for one in document.chunks:
        pages = {anchor["page"] for anchor in one.anchors if "page" in anchor and "foreign" not in anchor}
        for number in sorted(pages & standing.keys()):
            standing[number].append(chunk_id(target, one))
    return [
        {
            "id": page_id(target, number),
            "workspace_id": target.workspace_id,
            "document_id": target.document_id,
            "revision": target.revision,
            "number": number,
            "chunks": chunks,
        }
        for number, chunks in standing.items()
    ]


def index_pages(pictures: Mapping[int, bytes], target: Target, *, embedder: PageEmbedder, vectors: PageVectors) -> None:
    """Write the points of some pages, given as JPEG by their numbers; those that were there are replaced.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
    """
    matrices = embedder.embed_pages(list(pictures.values()))
    facts = target.facts
    vectors.upsert(
        [
            PagePoint(
                id=page_id(target, number),
                vectors=matrix,
                workspace_id=target.workspace_id,
                document_id=target.document_id,
                collection=facts.collection,
                media_type=facts.media_type,
                uploaded=facts.uploaded,
                fields=facts.fields,
                metadata=facts.metadata,
            )
            for number, matrix in zip(pictures, matrices, strict=True)
        ]
    )
