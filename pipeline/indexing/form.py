"""What makes the points of one index different from those of another."""

import re
from dataclasses import dataclass, replace

from pipeline.indexing.index import VERSION as CHUNKING
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.models.embedding import Embedder
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.payload import VERSION as PAYLOAD


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """An index of one form holds nothing of another's."""

    embedder: str
    """The embedding model's name; vectors of different names cannot be compared."""
    dimensions: int
    chunking: int
    """Version of how documents are cut into chunks,"""
    terms: int
    """of what words they are found by,"""
    payload: int
    """and of what filters ask."""
    pages: str = ""
    """The name of the model that made matrices of pages' pictures; empty where there are none."""
    page_dimensions: int = 0

    @property
    def words_fit(self) -> bool:
        """Whether the words of queries are made as those of the index were."""
        return self.terms == TERMS

    @property
    def values_fit(self) -> bool:
        """Whether filters are asked as the index's payload was made."""
        return self.payload == PAYLOAD


def pages_place(place: str) -> str:
    """What the pages of a generation are called in a store, by what its chunks are called."""
    return f"{place}-pages"


def place(number: int, embedder: str) -> str:
    """What a generation with that model is called in a store; the first one has the model's name alone."""
    name = re.sub(r"[^a-z0-9]+", "-", embedder.lower()).strip("-")
    return name if number == 1 else f"{name}-{number}"


def form_of(embedder: Embedder, pages: PageEmbedder | None = None) -> Form:
    """The form of what is indexed by this version with these models."""
    found = form(embedder.name, embedder.dimensions)
    return found if pages is None else replace(found, pages=pages.name, page_dimensions=pages.dimensions)


def form(embedder: str, dimensions: int) -> Form:
    """The same for a model that need not be there."""
    return Form(embedder=embedder, dimensions=dimensions, chunking=CHUNKING, terms=TERMS, payload=PAYLOAD)
