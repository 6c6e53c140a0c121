"""Rendered pages that may be wanted again."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas

MOST_BYTES = 32 * 1024 * 1024
"""Of one document's pages: about 150 in full detail."""


class KeptPictures:
    """The pictures used last, up to so many bytes. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._parts: OrderedDict[tuple[int, Canvas], ImagePart] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Of all that are kept."""
        return self._bytes

    def take(self, wanted: Mapping[int, Canvas]) -> dict[int, ImagePart]:
        """Those of the wanted ones that are kept on the canvas that is wanted."""
        with self._lock:
            found = {number: part for number, canvas in wanted.items() if (part := self._parts.get((number, canvas)))}
            for number in found:
                self._parts.move_to_end((number, wanted[number]))
        return found

    def add(self, canvases: Mapping[int, Canvas], parts: Mapping[int, ImagePart]) -> None:
        """Keep these, and let go of those that were not used for longest."""
        with self._lock:
            for number, part in parts.items():
                key = (number, canvases[number])
                if key not in self._parts and len(part.data) <= self._most:
                    self._parts[key] = part
                    self._bytes += len(part.data)
            while self._bytes > self._most:
                _, dropped = self._parts.popitem(last=False)
                self._bytes -= len(dropped.data)
