"""The route that searches the corpus."""

from typing import Annotated

from fastapi import Depends

from api.http.access import Reader, ServicesHere
from api.http.routing import make_router
from pipeline.answering.corpus import corpus_of as present_corpus
from pipeline.answering.retrieval import Corpus
from pipeline.answering.search import search
from schemas.answers import SearchRequest, SearchResponse

router = make_router("search")


def corpus_of(services: ServicesHere) -> Corpus:
    """What questions are asked of."""
    return present_corpus(services)


CorpusHere = Annotated[Corpus, Depends(corpus_of)]


@router.post("/search")
def search_corpus(wanted: SearchRequest, caller: Reader, corpus: CorpusHere) -> SearchResponse:
    """The passages of your documents that match, best first, each with the place it was read from."""
    return search(wanted, workspace_id=caller.workspace_id, corpus=corpus)
