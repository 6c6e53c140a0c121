"""Drawing on A4 paper: a thin layer over PyMuPDF that places text by its baseline."""

from __future__ import annotations

from typing import Literal

import pymupdf

A4 = (595.0, 842.0)
MADE_AT = "D:20260301120000Z"
"""Fixed, so that the same run gives the same bytes."""

Align = Literal["left", "right", "center"]


class Paper:
    """Pages in the making; points (1/72 inch) from the top left corner."""

    def __init__(self, title: str, size: tuple[float, float] = A4) -> None:
        self._document = pymupdf.open()
        self._size = size
        self._document.set_metadata(
            {"title": title, "author": "Sheaf examples", "creationDate": MADE_AT, "modDate": MADE_AT}
        )
        self._page: pymupdf.Page | None = None

    @property
    def width(self) -> float:
        """Of a page."""
        return self._size[0]

    @property
    def page_count(self) -> int:
        """Pages begun so far."""
        return int(self._document.page_count)

    def new_page(self) -> None:
        """Go on on a fresh page."""
        self._page = self._document.new_page(width=self._size[0], height=self._size[1])

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        font: str = "helv",
        align: Align = "left",
        grey: float = 0.0,
    ) -> None:
        """One line whose baseline is at `y`; `x` is its left end, right end or middle."""
        assert self._page is not None
        width = pymupdf.get_text_length(text, fontname=font, fontsize=size)
        left = {"left": x, "right": x - width, "center": x - width / 2}[align]
        self._page.insert_text((left, y), text, fontname=font, fontsize=size, color=(grey, grey, grey))

    def rule(self, x0: float, x1: float, y: float, *, width: float = 0.6, grey: float = 0.0) -> None:
        """A horizontal line."""
        assert self._page is not None
        self._page.draw_line((x0, y), (x1, y), width=width, color=(grey, grey, grey))

    def band(self, x0: float, y0: float, x1: float, y1: float, grey: float) -> None:
        """A filled rectangle without border."""
        assert self._page is not None
        self._page.draw_rect((x0, y0, x1, y1), color=None, fill=(grey, grey, grey))

    def pdf(self) -> bytes:
        """The whole document, compressed, the same bytes each time."""
        return bytes(self._document.tobytes(garbage=3, deflate=True, no_new_id=True))

    def pixels(self, dpi: int) -> list[bytes]:
        """Each page as a PNG in grey."""
        return [page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY).tobytes("png") for page in self._document]


def wrap(text: str, width: float, *, size: float, font: str = "helv") -> list[str]:
    """Words filled into lines no wider than `width` points."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pymupdf.get_text_length(longer, fontname=font, fontsize=size) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line] if line else lines
