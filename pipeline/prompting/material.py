"""What windows over a stored document show: texts as prepared, pictures rendered when they are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas
from pipeline.prompting.prepared import Prepared

Render = Callable[[Mapping[int, Canvas]], dict[int, ImagePart]]
"""Pictures of pages, each scaled and padded to its canvas."""
PICTURE_BYTES = 64 * 1024 * 1024


class SandboxMaterial:
    """A `Material` over a document whose pages a child process renders. Thread-safe.

    Rendered pages are kept up to so many bytes, those used last: a window's repair and its halves show them again.
    """

    def __init__(self, prepared: Prepared, render: Render, picture_bytes: int = PICTURE_BYTES) -> None:
        self._prepared = prepared
        self._render = render
        self._most = picture_bytes
        self._kept: OrderedDict[tuple[int, Canvas], ImagePart] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def text(self, number: int) -> str:
        """The text of a part as it is put into the prompt."""
        return self._prepared.text(number)

    def images(self, wanted: dict[int, Canvas]) -> dict[int, ImagePart]:
        """Pictures of parts, each scaled and padded to its canvas exactly.

        Raises:
            ParserError: a page could not be rendered.
        """
        with self._lock:
            found = {number: part for number, canvas in wanted.items() if (part := self._take((number, canvas)))}
        missing = {number: canvas for number, canvas in wanted.items() if number not in found}
        if missing:
            rendered = self._render(missing)
            found |= rendered
            with self._lock:
                for number, part in rendered.items():
                    self._keep((number, missing[number]), part)
        return found

    def _take(self, key: tuple[int, Canvas]) -> ImagePart | None:
        part = self._kept.get(key)
        if part is not None:
            self._kept.move_to_end(key)
        return part

    def _keep(self, key: tuple[int, Canvas], part: ImagePart) -> None:
        if key in self._kept or len(part.data) > self._most:
            return
        self._kept[key] = part
        self._bytes += len(part.data)
        while self._bytes > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.data)
