"""Pictures of pages for a model: rendered in child processes, each to its canvas exactly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from pipeline.errors import ParserProtocolError
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas, place
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.image import jpeg
from pipeline.reading.numbered import unpack
from pipeline.settings import Reading

PAGES_PER_CHILD = 16
"""More than a request shows as a rule, so that a window costs one child, and still a few megabytes at most."""


def _never() -> bool:
    return False


def render(
    sandbox: Sandbox,
    source: BinaryIO,
    media_type: str,
    settings: Reading,
    wanted: Mapping[int, Canvas],
    *,
    cancelled: Callable[[], bool] = _never,
) -> dict[int, ImagePart]:
    """Pages of one document, by their numbers from 1; `source` is the file, open, with a real descriptor.

    Raises:
        InputError: a page is not there or cannot be drawn; the fact `page` says which.
        PasswordRequired: the document is encrypted; its password is not kept.
        ParserError: the child that drew them ended badly.
        JobCancelled: `cancelled` returned true.
    """
    made: dict[int, ImagePart] = {}
    for numbers in _batches(sorted(wanted)):
        arguments = {
            "media_type": media_type,
            "password": None,
            "settings": settings.model_dump(mode="json"),
            "canvases": [[number, *wanted[number]] for number in numbers],
        }
        answer = sandbox.run("pipeline.reading.task:render_canvases", source, arguments, cancelled=cancelled)
        for number, content in unpack(answer, numbers).items():
            made[number] = _picture(content, wanted[number])
    return made


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), PAGES_PER_CHILD):
        yield numbers[start : start + PAGES_PER_CHILD]


def _picture(content: bytes, canvas: Canvas) -> ImagePart:
    """What the child drew, held to the size that was counted: another one would be charged otherwise."""
    width, height = place(1, 1, canvas).size
    if jpeg.size(content) != (width, height):
        raise ParserProtocolError(f"a picture that is no JPEG of {width} x {height} pixels")
    return ImagePart(data=content, media_type="image/jpeg", width=width, height=height)
