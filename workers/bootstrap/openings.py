"""How generations of the index are opened."""

import logging
from pathlib import Path

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import MiniLMEmbedder
from pipeline.models.embedding import Embedder
from pipeline.models.minilm import MiniLM
from pipeline.settings import EdgeVectors, QdrantVectors, Settings
from pipeline.stores.pages import PageVectors
from pipeline.stores.vectors import Vectors
from pipeline.tracing.spans import Tracer
from workers.bootstrap.extras import needing
from workers.bootstrap.models import embedding_model

log = logging.getLogger("sheaf.workers")


class Openings:
    """Vectors of different models cannot be compared: each model has a place."""

    def __init__(self, settings: Settings, tracer: Tracer) -> None:
        self._settings = settings
        self._tracer = tracer

    @property
    def setting(self) -> str:
        """The one that says where they are, with its value."""
        chosen = self._settings.vectors
        return (
            f"vectors.path {self._folder(chosen)}" if isinstance(chosen, EdgeVectors) else f"vectors.url {chosen.url}"
        )

    def open(self, place: str, dimensions: int) -> Vectors:
        """The index at a place, made where it is missing."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores import edge

            return edge.EdgeVectors(self._folder(chosen) / place, dimensions, optimize_points=chosen.optimize_points)
        from pipeline.stores import qdrant

        with needing("qdrant", "vectors.kind"):
            return qdrant.QdrantVectors(
                chosen.url,
                dimensions,
                api_key=_key(chosen),
                collection=f"{chosen.collection}-{place}",
                points=chosen.expected_chunks,
            )

    def open_pages(self, place: str, dimensions: int) -> PageVectors:
        """The pages at a place, made where they are missing."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores.edge_pages import EdgePages

            return EdgePages(self._folder(chosen) / place, dimensions)
        from pipeline.stores.qdrant_pages import QdrantPages

        with needing("qdrant", "vectors.kind"):
            return QdrantPages(
                chosen.url,
                dimensions,
                api_key=_key(chosen),
                collection=f"{chosen.collection}-{place}",
                points=chosen.expected_pages,
            )

    def drop(self, place: str, dimensions: int) -> None:
        """Remove the index at a place."""
        chosen = self._settings.vectors
        if isinstance(chosen, EdgeVectors):
            from pipeline.stores import edge_points

            edge_points.drop(self._folder(chosen) / place)
            return
        from pipeline.stores import qdrant_points

        with needing("qdrant", "vectors.kind"):
            qdrant_points.drop(chosen.url, dimensions, api_key=_key(chosen), collection=f"{chosen.collection}-{place}")

    def embedder(self, name: str) -> Embedder | None:
        """The model of that name among those of the settings, and MiniLM."""
        before = self._settings.embedder_before
        try:
            if name == MiniLM.name:
                chosen = before if isinstance(before, MiniLMEmbedder) else MiniLMEmbedder()
                return embedding_model(self._settings, chosen, self._tracer)
            found = embedding_model(self._settings, before, self._tracer) if before is not None else None
        except ModelUnavailable as error:
            log.warning("%s: %s", name, error.message)
            return None
        return found if found is not None and found.name == name else None

    def _folder(self, chosen: EdgeVectors) -> Path:
        return chosen.path or self._settings.data_dir / "vectors"


def _key(chosen: QdrantVectors) -> str | None:
    return chosen.api_key.get_secret_value() if chosen.api_key is not None else None
