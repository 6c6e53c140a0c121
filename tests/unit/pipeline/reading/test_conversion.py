"""A read document as Markdown and text."""

import io

import pytest

from pipeline.reading.conversion import convert
from schemas.documents import Document, TextBlock

TEXT = "Heading\nSome words."


def source(text=TEXT):
    blocks = [TextBlock(kind="heading", start=0, stop=7, level=1), TextBlock(kind="paragraph", start=8, stop=len(text))]
    document = Document(shape="text", media_type="text/plain", text=text, blocks=blocks)
    return io.BytesIO(document.model_dump_json().encode())


@pytest.mark.parametrize(("wanted", "begins"), [("markdown", b"# Heading"), ("text", b"Heading")])
def test_each_format_is_written_as_utf8(wanted, begins):
    made = convert(source("Heading\nSüße words."), {"format": wanted}, lambda share: None)
    assert made.startswith(begins)
    assert "Süße words." in made.decode()
