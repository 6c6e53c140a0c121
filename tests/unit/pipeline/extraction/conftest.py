"""Documents of every shape, drawn as text."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipeline.extraction.flow import Flow
from pipeline.extraction.leaves import read_schema
from pipeline.extraction.rules.case import Case
from schemas.documents import Block, Document, Page, Segment, Sheet, SheetCell, TextBlock, Words

CHARACTER, LINE, HEIGHT = 6.0, 14.0, 10.0
WIDTH = 620.0


def _page(drawing: str, number: int, *, confidence: float | None, media_type: str) -> Page:
    lines = drawing.strip("\n").split("\n")
    height = max(842.0, (len(lines) + 2) * LINE)
    words, blocks = Words(confidence=[] if confidence is not None else None), []
    for row, line in enumerate(lines):
        start, column = len(words), 0
        for word in line.split(" "):
            if word:
                words.text.append(word)
                words.x0.append(column * CHARACTER / WIDTH)
                words.x1.append((column + len(word)) * CHARACTER / WIDTH)
                words.y0.append((row + 1) * LINE / height)
                words.y1.append(((row + 1) * LINE + HEIGHT) / height)
                words.line.append(row)
                if words.confidence is not None:
                    words.confidence.append(confidence or 0.0)
            column += len(word) + 1
        if len(words) > start:
            box = (words.x0[start], words.y0[start], words.x1[-1], words.y1[-1])
            blocks.append(Block(kind="paragraph", start=start, stop=len(words), box=box))
    source = "text" if media_type == "application/pdf" else "ocr"
    return Page(number=number, width=WIDTH, height=height, source=source, words=words, blocks=blocks)


@pytest.fixture
def drawn() -> Callable[..., Document]:
    """A document of pages from drawings: a character is 6 wide, a line 10 high; two spaces make a gap between texts."""

    def make(*drawings: str, confidence: float | None = None, media_type: str = "application/pdf") -> Document:
        pages = [
            _page(drawing, number, confidence=confidence, media_type=media_type)
            for number, drawing in enumerate(drawings, 1)
        ]
        return Document(shape="pages", media_type=media_type, pages=pages)

    return make


@pytest.fixture
def written() -> Callable[..., Document]:
    """A text document; a block that begins with `# ` is a heading, one with `- ` a list item."""

    def make(*texts: str) -> Document:
        content, blocks, section = "", [], []
        for raw in texts:
            kind = {"# ": "heading", "- ": "list_item"}.get(raw[:2], "paragraph")
            text = raw[2:] if kind == "heading" else raw
            start = len(content)
            content += text + "\n\n"
            if kind == "heading":
                section = [text]
            above = [] if kind == "heading" else list(section)
            blocks.append(TextBlock(kind=kind, start=start, stop=start + len(text), section=above))
        return Document(shape="text", media_type="text/plain", text=content, blocks=blocks)

    return make


@pytest.fixture
def spoken() -> Callable[..., Document]:
    """A recording; each sentence takes five seconds."""

    def make(*sentences: str) -> Document:
        segments = [Segment(start=5.0 * i, end=5.0 * i + 5, text=text) for i, text in enumerate(sentences)]
        return Document(shape="segments", media_type="audio/wav", segments=segments, seconds=5.0 * len(sentences))

    return make


@pytest.fixture
def sheet() -> Callable[..., Document]:
    """A workbook of one sheet, from rows of texts."""

    def make(*rows: Sequence[str]) -> Document:
        cells = [
            SheetCell(row=r, column=c, ref=f"{chr(65 + c)}{r + 1}", text=text)
            for r, row in enumerate(rows)
            for c, text in enumerate(row)
            if text
        ]
        return Document(shape="sheets", media_type="application/x-sheet", sheets=[Sheet(name="Sheet1", cells=cells)])

    return make


@pytest.fixture
def case_of() -> Callable[[Document, dict[str, Any]], Case]:
    """A document with the properties it is read for."""

    def make(document: Document, properties: dict[str, Any]) -> Case:
        return Case(document, read_schema({"type": "object", "properties": properties}))

    return make


@pytest.fixture
def flow_of(written: Callable[..., Document]) -> Callable[..., Flow]:
    """Paragraphs as running text."""

    def make(*texts: str) -> Flow:
        return Flow.of(written(*texts))

    return make
