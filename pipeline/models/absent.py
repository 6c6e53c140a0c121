"""The port `Embedder` in a process that neither indexes nor answers: it loads no model for that."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelUnavailable


class AbsentEmbedder:
    """Every text is refused; stages that embed are for processes that have the index."""

    name = "absent"
    dimensions = 1
    max_tokens = 0

    def count_tokens(self, text: str) -> int:
        """Refused."""
        del text
        _refuse()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refused."""
        del texts
        _refuse()


def _refuse() -> NoReturn:
    raise ModelUnavailable("This process has no embedding model: the index belongs to another one.")
