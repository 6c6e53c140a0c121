"""The port `Reranker`; it has no adapter yet, and search keeps the fused order without one."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Scores passages against a query, higher is nearer. Thread-safe."""

    @property
    def name(self) -> str:
        """Names the model in results."""

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, in their order.

        Raises:
            ModelError: the model is missing or its server failed.
        """
