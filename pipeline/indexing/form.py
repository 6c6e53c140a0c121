"""What makes the points of one index different from those of another."""

import re
from dataclasses import dataclass

from pipeline.indexing.index import VERSION as CHUNKING
from pipeline.indexing.sparse import VERSION as TERMS
from pipeline.models.embedding import Embedder
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

    @property
    def words_fit(self) -> bool:
        """Whether the words of queries are made as those of the index were."""
        return self.terms == TERMS

    @property
    def values_fit(self) -> bool:
        """Whether filters are asked as the index's payload was made."""
        return self.payload == PAYLOAD


def place(number: int, embedder: str) -> str:
    """What a generation with that model is called in a store; the first one has the model's name alone."""
    name = re.sub(r"[^a-z0-9]+", "-", embedder.lower()).strip("-")
    return name if number == 1 else f"{name}-{number}"


def form_of(embedder: Embedder) -> Form:
    """The form of what is indexed by this version with this model."""
    return form(embedder.name, embedder.dimensions)


def form(embedder: str, dimensions: int) -> Form:
    """The same for a model that need not be there."""
    return Form(embedder=embedder, dimensions=dimensions, chunking=CHUNKING, terms=TERMS, payload=PAYLOAD)
