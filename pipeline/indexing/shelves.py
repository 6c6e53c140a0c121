"""The port `Generations`: the indexes that a process writes to and searches, usually one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.models.embedding import Embedder
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.pages import PageVectors
from pipeline.stores.vectors import Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class PageShelf:
    """The pages of a generation, opened."""

    vectors: PageVectors
    embedder: PageEmbedder | None
    """The model that their matrices were made with; `None` where it is not at hand any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A generation of the index, opened."""

    number: int
    vectors: Vectors
    embedder: Embedder | None
    """The model that its vectors were made with; `None` where it is not at hand any more."""
    dimensions: int
    words: bool = True
    """Whether it can be searched by words, as this version makes them of a query."""
    values: bool = True
    """Whether it can be asked for filters, as this version asks."""

    pages: PageShelf | None = None
    """What pages are found by, where it holds their pictures."""

    stands_in: bool = False
    """Whether it is still being filled, and searched because the one in use cannot be."""

    lost: bool = False
    """Whether its points were lost, a restored backup without them perhaps; another one is filled in its place."""

    @property
    def searchable(self) -> bool:
        """Whether anything can be found in it."""
        return not self.lost and (self.embedder is not None or self.words)

    @property
    def models_at_hand(self) -> bool:
        """Whether all can be written that is to stand in it."""
        return self.embedder is not None and (self.pages is None or self.pages.embedder is not None)

    def writer(self, other: Embedder) -> Embedder:
        """What chunks are measured and embedded with; `other` measures them where its own model is not at hand."""
        return self.embedder if self.embedder is not None else Unembedded(other, self.dimensions)


class Generations(Protocol):
    """Which indexes there are. Thread-safe."""

    def shelves(self) -> Sequence[Shelf]:
        """Those that documents are written to, as the database says now: the one in use, then one being filled."""

    def searched(self) -> Shelf:
        """The one that questions are asked of, as the database said a moment ago."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneGeneration:
    """A single index that never changes."""

    vectors: Vectors
    embedder: Embedder

    def shelves(self) -> Sequence[Shelf]:
        """The one."""
        return [self.searched()]

    def searched(self) -> Shelf:
        """The one."""
        return Shelf(number=1, vectors=self.vectors, embedder=self.embedder, dimensions=self.embedder.dimensions)


class Unembedded:
    """An `Embedder` without a model: all texts are alike. Points are found by their words only."""

    def __init__(self, measure: Embedder, dimensions: int) -> None:
        self.name = "none"
        self.dimensions = dimensions
        self.max_tokens = measure.max_tokens
        self._measure = measure

    def count_tokens(self, text: str) -> int:
        """As the other model counts."""
        return self._measure.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The first axis for each."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[:, 0] = 1
        return vectors
