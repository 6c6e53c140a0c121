"""Pictures of misses: a page is held once and each miss shows its part of it, so that nothing is cut or re-encoded."""

import base64
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.run import Miss

MOST_PICTURES = 60
MOST_PAGES = 30
MOST_BYTES = 24 * 1024 * 1024
"""Of all pages together, before they are written as text."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AROUND = 0.08
"""Of the page that is shown around the evidence on each side."""

PageKey = tuple[str, int]
"""Document id and page number, from 1."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as PNG, with its size in pixels."""

    content: bytes
    width: int
    height: int


def page_picture(content: bytes) -> PagePicture | None:
    """A PNG with its size from its header (PNG specification 11.2.1); `None` where it is none."""
    if len(content) < 24 or content[:8] != _SIGNATURE:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return PagePicture(content, width, height) if width and height else None


def page_of(miss: Miss) -> PageKey | None:
    """The page that shows a miss: that of its evidence, else the first; `None` where there is no document."""
    if miss.document_id is None:
        return None
    return miss.document_id, int(miss.place["page"]) if miss.place else 1


def chosen(misses: Sequence[Miss]) -> list[Miss]:
    """The misses to show pictures of: first one of each field, then a second of each, and so on, up to the limits."""
    ranks: dict[str, int] = {}
    ranked: list[tuple[int, int, Miss]] = []
    for number, miss in enumerate(misses):
        rank = ranks[miss.item.field] = ranks.get(miss.item.field, 0) + 1
        ranked.append((rank, number, miss))
    found: list[Miss] = []
    pages: set[PageKey] = set()
    for _, _, miss in sorted(ranked, key=lambda each: each[:2]):
        key = page_of(miss)
        if key is not None and (key in pages or len(pages) < MOST_PAGES) and len(found) < MOST_PICTURES:
            pages.add(key)
            found.append(miss)
    return found


def definitions(pages: Mapping[PageKey, PagePicture]) -> str:
    """The pages, each once and unseen, for `crop` to point at."""
    images = "".join(
        f'<image id="{_name(key)}" width="{page.width}" height="{page.height}" '
        f'href="data:image/png;base64,{base64.b64encode(page.content).decode()}"/>'
        for key, page in pages.items()
    )
    return f'<svg width="0" height="0" aria-hidden="true"><defs>{images}</defs></svg>' if images else ""


def crop(miss: Miss, pages: Mapping[PageKey, PagePicture]) -> str:
    """The part of a page around a miss's evidence, its boxes marked; the page where it has none; else empty."""
    key = page_of(miss)
    page = None if key is None else pages.get(key)
    if key is None or page is None:
        return ""
    boxes = list(_boxes(miss.place))
    x0, y0, x1, y1 = _window(boxes)
    marks = "".join(
        f'<rect class="mark" x="{a * page.width:.1f}" y="{b * page.height:.1f}" '
        f'width="{(c - a) * page.width:.1f}" height="{(d - b) * page.height:.1f}"/>'
        for a, b, c, d in boxes
    )
    view = f"{x0 * page.width:.1f} {y0 * page.height:.1f} {(x1 - x0) * page.width:.1f} {(y1 - y0) * page.height:.1f}"
    kind = "crop" if boxes else "crop page"
    seen = f'role="img" aria-label="page {key[1]}"'
    return f'<svg class="{kind}" viewBox="{view}" {seen}><use href="#{_name(key)}"/>{marks}</svg>'


def _boxes(place: Mapping[str, Any] | None) -> Iterator[tuple[float, float, float, float]]:
    for box in place["boxes"] if place else ():
        x0, y0, x1, y1 = (min(max(float(side), 0.0), 1.0) for side in box)
        if x0 < x1 and y0 < y1:
            yield x0, y0, x1, y1


def _window(boxes: Iterable[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """What is shown of a page: all boxes and something around them."""
    sides = list(zip(*boxes, strict=True))
    if not sides:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    return (
        max(left - 2 * _AROUND, 0),
        max(top - _AROUND / 2, 0),
        min(right + 2 * _AROUND, 1),
        min(bottom + _AROUND / 2, 1),
    )


def _name(key: PageKey) -> str:
    """An id without any character of the document's own."""
    return f"p{key[0].encode().hex()}-{key[1]}"
