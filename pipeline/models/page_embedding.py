"""The port `PageEmbedder`: pages as pictures and queries as matrices of vectors, for search by late interaction."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""Shape `(vectors, dimensions)`, each row of length 1; how many there are depends on what was embedded."""


class PageEmbedder(Protocol):
    """A model that reads pages without any text of theirs. Thread-safe.

    How well a page answers a query is the sum, over the query's vectors, of the greatest dot product with any of the
    page's (MaxSim). A page's matrix does not depend on what it is embedded with.
    """

    @property
    def name(self) -> str:
        """Names model, weights and the form of the pictures; matrices of different names cannot be compared."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def side_px(self) -> int:
        """The longer side that the pictures are to have."""

    @property
    def max_pages(self) -> int:
        """Of a document, the first so many are to be embedded."""

    def embed_pages(self, pages: Sequence[bytes]) -> list[Matrix]:
        """A matrix for each page, which is a JPEG.

        Raises:
            ModelError: the model is missing, or its server failed.
        """

    def embed_query(self, query: str) -> Matrix:
        """The query's matrix.

        Raises:
            ModelError: as `embed_pages`, or the server took longer than a search can wait.
        """
