"""What is drawn in an Office file, and is not read: pictures and charts (ECMA-376, part 1, sections 20.1 and 21.2)."""

from typing import Any

from schemas.documents import Notice

PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"


def count_pictures(element: Any) -> int:  # noqa: ANN401 - lxml has no type information
    """How many pictures are shown in it; a drawing that is there twice, for old programs too, counts twice."""
    return sum(1 for _ in element.iter(*PICTURES))


def count_charts(element: Any) -> int:  # noqa: ANN401 - lxml has no type information
    """How many charts are shown in it."""
    return sum(1 for _ in element.iter(CHART))


def unread_pictures(count: int, *, alone: bool) -> list[Notice]:
    """A warning where there are any; `alone`: the file holds no text, so that they are all there is to read."""
    if not count:
        return []
    pictures = "1 picture was" if count == 1 else f"{count} pictures were"
    if alone:
        message = f"{pictures} not read, and there is no text; as a PDF it would be read by OCR"
        return [Notice(code="only-pictures", message=message)]
    return [Notice(code="pictures-not-read", message=f"{pictures} not read")]
