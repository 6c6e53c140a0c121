"""An `Embedder` without a model: texts with the same words are near each other.

For tests and for trying things out; it knows nothing of meaning. Each word adds or subtracts 1 in one of the
dimensions, chosen by a hash (feature hashing, Weinberger et al. 2009, arXiv 0902.2206).
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """A word is a token."""

    max_tokens = 256

    def __init__(self, dimensions: int = 128) -> None:
        self.dimensions = dimensions
        self.name = f"hashing-{dimensions}"

    def count_tokens(self, text: str) -> int:
        """Words, and one for each end."""
        return len(_WORD.findall(text)) + 2

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a text; a text without words points along the first axis."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold())[: self.max_tokens - 2]:
                digest = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
                vectors[row, digest % self.dimensions] += 1 if digest >> 63 else -1
            if not vectors[row].any():
                vectors[row, 0] = 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
