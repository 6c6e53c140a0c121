"""The port `Embedder`."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product says how near their meanings are.

    Thread-safe. The same text gives the same vector whatever it is batched with (to 1e-5).
    """

    @property
    def name(self) -> str:
        """Names model and weights; vectors of different names cannot be compared."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text in tokens, the special ones included; what is beyond does not enter the vector."""

    def count_tokens(self, text: str) -> int:
        """Tokens of the text by the model's own tokenizer, the special ones included, never cut."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, shape `(len(texts), dimensions)`, each of length 1.

        Raises:
            ModelError: the model is missing or its server failed.
        """


@runtime_checkable
class CountedAnywhere(Protocol):
    """An embedder whose tokens can be counted in another process, so that a long document is cut up in a child."""

    @property
    def counter(self) -> str:
        """`module:function`; called without arguments there, it gives a function that is `count_tokens`."""


@runtime_checkable
class KnowsLanguages(Protocol):
    """An embedder that was trained on some languages only, and says which; others are taken to know them all."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes."""


@runtime_checkable
class AsksOtherwise(Protocol):
    """An embedder that was trained to read queries in another form than passages, which is what `embed` takes."""

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """The query's vector, shape `(dimensions,)`, of length 1.

        Raises:
            ModelError: as `embed`.
        """


def query_embedding(embedder: Embedder, query: str) -> NDArray[np.float32]:
    """The vector that passages are searched with.

    Raises:
        ModelError: the embedder failed.
    """
    if isinstance(embedder, AsksOtherwise):
        return embedder.embed_query(query)
    vector: NDArray[np.float32] = embedder.embed([query])[0]
    return vector
