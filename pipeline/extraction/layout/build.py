"""The layout of a document of any shape."""

from collections.abc import Callable

from pipeline.extraction.layout.pages import page_rows
from pipeline.extraction.layout.runs import Layout
from pipeline.extraction.layout.texts import TextRows
from pipeline.reading.passages import passages
from schemas.documents import Document


def build_layout(document: Document, progress: Callable[[float], None] | None = None) -> Layout:
    """All words of the document as runs in rows; `progress` is called with the done share, page by page."""
    if document.shape == "pages":
        rows = []
        for done, page in enumerate(document.pages, 1):
            rows += page_rows(page)
            if progress is not None:
                progress(done / len(document.pages))
        return Layout(rows, {page.number: (page.width, page.height) for page in document.pages})
    texts = TextRows()
    for passage in passages(document):
        texts.add(passage)
    return Layout(texts.rows, {})
