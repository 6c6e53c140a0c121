"""The layout of a document of any shape."""

from pipeline.extraction.layout.pages import page_rows
from pipeline.extraction.layout.runs import Layout
from pipeline.extraction.layout.texts import TextRows
from pipeline.reading.passages import passages
from schemas.documents import Document


def build_layout(document: Document) -> Layout:
    """All words of the document as runs in rows."""
    if document.shape == "pages":
        rows = [row for page in document.pages for row in page_rows(page)]
        return Layout(rows, {page.number: (page.width, page.height) for page in document.pages})
    texts = TextRows()
    for passage in passages(document):
        texts.add(passage)
    return Layout(texts.rows, {})
