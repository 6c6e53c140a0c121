"""The port `Vectors` in a process that has no vector store: another one owns the embedded index."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import VectorsUnavailable
from pipeline.stores.vectors import EVENLY, Point, ScoredPoint, SparseVector, VectorFilter


class AbsentVectors:
    """Every question is refused; stages that need the index are for the process that owns it."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Refused."""
        del points
        _refuse()

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Refused."""
        del workspace_id, document_id, fields
        _refuse()

    def search(
        self,
        *,
        dense: NDArray[np.float32] | None,
        sparse: SparseVector,
        where: VectorFilter,
        limit: int,
        meaning: float = EVENLY,
    ) -> list[ScoredPoint]:
        """Refused."""
        del dense, sparse, where, limit, meaning
        _refuse()

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Refused."""
        del workspace_id, document_id
        _refuse()

    def delete(self, ids: Sequence[str]) -> None:
        """Refused."""
        del ids
        _refuse()

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Refused."""
        del workspace_id, document_id
        _refuse()

    def close(self) -> None:
        """Nothing is held."""


def _refuse() -> NoReturn:
    raise VectorsUnavailable("the index belongs to another process")
