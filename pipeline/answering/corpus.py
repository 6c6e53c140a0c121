"""What questions are asked of, as the index is just now."""

from pipeline.answering.page_hits import PageSearch
from pipeline.answering.retrieval import Corpus
from pipeline.answering.sql_chunks import SqlChunks
from pipeline.errors import VectorsUnavailable
from pipeline.model_settings import NoPageEmbedder
from pipeline.services import Services
from schemas.documents import Notice

WORDS_ONLY = Notice(
    code="words-only",
    message="The index is being made anew, and the model of the present one is not at hand: only words were searched.",
)
MEANING_ONLY = Notice(
    code="meaning-only",
    message="The index is being made anew, and the present one holds other forms of words: only meaning was searched.",
)
INCOMPLETE = Notice(
    code="index-incomplete",
    message="The index is being made anew, and the present one cannot be searched: not all documents were looked at.",
)

WITHOUT_PAGES = Notice(
    code="pages-not-searched",
    message="The index is being made anew, and the present one does not hold the pictures of pages.",
)


def corpus_of(services: Services) -> Corpus:
    """The generation of the index that can be searched, and what is to be said of it.

    Raises:
        VectorsUnavailable: there is none.
    """
    shelf = services.generations.searched()
    if not shelf.searchable:
        raise VectorsUnavailable("the index was made by another version, with a model that is not at hand")
    notices = []
    if shelf.stands_in:
        notices.append(INCOMPLETE)
    elif shelf.embedder is None:
        notices.append(WORDS_ONLY)
    elif not shelf.words:
        notices.append(MEANING_ONLY)
    pages = None
    if shelf.pages is not None and shelf.pages.embedder is not None:
        pages = PageSearch(
            embedder=shelf.pages.embedder,
            vectors=shelf.pages.vectors,
            source=SqlChunks(services.database),
            weight=services.settings.page_embedder.weight,
        )
    elif not isinstance(services.settings.page_embedder, NoPageEmbedder):
        notices.append(WITHOUT_PAGES)
    return Corpus(
        embedder=shelf.embedder or services.embedder,
        vectors=shelf.vectors,
        chunks=SqlChunks(services.database),
        pages=pages,
        reranker=services.reranker,
        rerank=services.settings.reranker.passages,
        meaning=shelf.embedder is not None,
        words=shelf.words,
        values=shelf.values,
        notices=notices,
    )
