"""The port `Reranker`: a second look at the passages that a search found."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Scores passages against a query, higher is nearer. Thread-safe.

    Scores of one call can be compared with each other only. A passage's score does not depend on the others.
    """

    @property
    def name(self) -> str:
        """Names the model in results."""

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """One finite score a passage, in their order; what does not fit the model is cut at the passage's end.

        Raises:
            ModelError: the model is missing, or its server failed or took too long.
        """
