"""Generations of the index in a test's folder, with embedders that hash words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.indexing.form import form
from pipeline.jobs.generations import OpenGenerations
from pipeline.models.embedding import Embedder
from pipeline.models.hashing import HashingEmbedder
from pipeline.models.page_embedding import PageEmbedder
from pipeline.services import Services
from pipeline.stores import edge_points
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.edge_pages import EdgePages
from pipeline.stores.pages import PageVectors
from pipeline.stores.qdrant import QdrantVectors
from pipeline.stores.qdrant_pages import QdrantPages
from pipeline.stores.qdrant_points import MEMORY
from pipeline.stores.vectors import Vectors


class Model(HashingEmbedder):
    """Has a name of its own, counts what it is asked for, and can fail."""

    def __init__(self, name: str, dimensions: int = 32) -> None:
        super().__init__(dimensions)
        self.name = name
        self.asked: list[str] = []
        self.fails: dict[str, Exception] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            for word, error in self.fails.items():
                if word in text:
                    raise error
        self.asked += texts
        return super().embed(texts)


@dataclass
class Openings:
    """Opens generations in a folder, or in the memory of Qdrant's client."""

    folder: Path
    models: Sequence[Embedder] = ()
    server: bool = False
    remembered: dict[str, Vectors] = field(default_factory=dict)
    pages: dict[str, PageVectors] = field(default_factory=dict)

    def open(self, place: str, dimensions: int) -> Vectors:
        if not self.server:
            return EdgeVectors(self.folder / place, dimensions)
        if place not in self.remembered:
            self.remembered[place] = _Kept(MEMORY, dimensions, collection=place)
        return self.remembered[place]

    def open_pages(self, place: str, dimensions: int) -> PageVectors:
        if not self.server:
            return EdgePages(self.folder / place, dimensions)
        if place not in self.pages:
            self.pages[place] = _KeptPages(MEMORY, dimensions, collection=place)
        return self.pages[place]

    def drop(self, place: str, dimensions: int) -> None:
        del dimensions
        if self.server:
            self.remembered.pop(place, None)
            self.pages.pop(place, None)
        else:
            edge_points.drop(self.folder / place)

    def embedder(self, name: str) -> Embedder | None:
        return next((model for model in self.models if model.name == name), None)


class _Kept(QdrantVectors):
    def close(self) -> None:
        """As a server: what was written stays."""


class _KeptPages(QdrantPages):
    def close(self) -> None:
        """As a server: what was written stays."""


def with_model(services: Services, openings: Openings, model: Embedder, pages: PageEmbedder | None = None) -> Services:
    """As a process that is started with these models."""
    several = OpenGenerations(services.database, openings, model, form("before", 32), pages)
    return replace(services, embedder=model, vectors=several.vectors, several=several)
