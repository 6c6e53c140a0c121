"""Whether what was found may still be shown: documents are deleted and replaced while models read and write."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.page_hits import Found, PageHit
from pipeline.answering.passage import Passage, StoredChunk
from pipeline.answering.retrieval import Corpus
from pipeline.filtering.requested import condition_of
from schemas.answers import Filters


def present(corpus: Corpus, found: Sequence[Found], *, workspace_id: str, filters: Filters | None) -> list[Found]:
    """Those that SQL still holds and the filters still let through, each without twins of which that is not so.

    What is whole is given as it came. A passage of several chunks is gone with one of them: another text has another
    id, so that an id that is there stands for what was read.
    """
    texts = [chunk for one in found if isinstance(one, Passage) for chunk in _chunks(one)]
    pages = [one.page for one in found if isinstance(one, PageHit)]
    there = {*corpus.chunks.chunks(workspace_id, list({chunk.id for chunk in texts}))} if texts else set[str]()
    if pages and corpus.pages is not None:
        there |= {*corpus.pages.source.pages(workspace_id, [page.id for page in pages])}
    owners = {one.id: one.document_id for one in texts} | {page.id: page.document_id for page in pages}
    wanted = corpus.wanted(workspace_id, condition_of(filters), {owners[each] for each in there})
    there = {each for each in there if owners[each] in wanted}
    return [kept for one in found if (kept := _kept(one, there)) is not None]


def unchanged(corpus: Corpus, passages: Sequence[Passage], *, workspace_id: str, filters: Filters | None) -> bool:
    """Whether all of them, and what is said to be the same, may still be shown."""
    kept = present(corpus, passages, workspace_id=workspace_id, filters=filters)
    return len(kept) == len(passages) and all(one is other for one, other in zip(kept, passages, strict=True))


def _kept(one: Found, there: set[str]) -> Found | None:
    if isinstance(one, PageHit):
        return one if one.page.id in there else None
    if not there.issuperset(one.chunk_ids):
        return None
    twins = [twin for twin in one.twins if twin.chunk.id in there]
    return one if len(twins) == len(one.twins) else replace(one, twins=twins)


def _chunks(passage: Passage) -> list[StoredChunk]:
    own = [part.chunk for part in passage.parts] or [passage.chunk]
    return [*own, *(twin.chunk for twin in passage.twins)]
