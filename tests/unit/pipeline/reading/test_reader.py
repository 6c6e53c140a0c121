import json

import pytest

from pipeline.errors import ParserProtocolError
from pipeline.reading.reader import parse_document
from schemas.documents import Block, Cell, Document, Page, Table, TextBlock, Words


def answer(**changes):
    """A child's answer with some changes to its only page."""
    words = Words(text=["a", "b"], x0=[0.1, 0.2], y0=[0.1, 0.1], x1=[0.2, 0.3], y1=[0.2, 0.2], line=[0, 0])
    block = Block(kind="paragraph", start=0, stop=2, box=(0.1, 0.1, 0.3, 0.2))
    page = Page(number=1, width=600, height=800, source="text", words=words, blocks=[block]).model_dump()
    for path, value in changes.items():
        place = page
        *way, last = path.split("__")
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    document = {"shape": "pages", "media_type": "application/pdf", "pages": [page]}
    return json.dumps(document).encode()


def test_an_answer_that_fits_together_is_a_document():
    assert parse_document(answer()).pages[0].words.text == ["a", "b"]


@pytest.mark.parametrize(
    "changes",
    [
        {"words__text": ["a"]},
        {"words__x0": [0.1]},
        {"words__line": [0, 0, 1]},
        {"words__confidence": [0.5]},
        {"words__x0": [-0.1, 0.2]},
        {"words__y1": [0.2, 1.5]},
        {"words__x1": [0.2, float("nan")]},
        {"words__x1": [float("nan"), 0.2]},
        {"blocks__0__stop": 3},
        {"blocks__0__start": -1},
        {"number": 0},
        {"source": "guess"},
    ],
)
def test_an_answer_whose_parts_do_not_fit_together_is_refused(changes):
    with pytest.raises(ParserProtocolError):
        parse_document(answer(**changes))


def test_a_cell_outside_its_table_is_refused():
    table = Table(rows=1, columns=1, cells=[Cell(row=0, column=5, text="x")]).model_dump()
    with pytest.raises(ParserProtocolError):
        parse_document(answer(blocks__0__table=table))


def test_a_block_outside_the_text_is_refused():
    document = Document(
        shape="text", media_type="text/plain", text="ab", blocks=[TextBlock(kind="paragraph", start=0, stop=3)]
    )
    with pytest.raises(ParserProtocolError, match="outside"):
        parse_document(document.model_dump_json().encode())


@pytest.mark.parametrize("junk", [b"", b"{}", b"null", b'{"shape":"pages"', b"\xff\xfe"])
def test_what_is_no_document_is_refused(junk):
    with pytest.raises(ParserProtocolError, match="not a document"):
        parse_document(junk)
