"""A vector store that is made when it is first asked for anything: most tests of jobs never ask, and it takes time."""

import threading
from pathlib import Path
from typing import Any

from pipeline.stores.edge import EdgeVectors


class LateVectors:
    """The port `Vectors`, kept by Qdrant Edge in a folder."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        self._place = folder, dimensions
        self._made: EdgeVectors | None = None
        self._making = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._making:
            if self._made is None:
                self._made = EdgeVectors(*self._place)
        return getattr(self._made, name)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
