import io
import json

import pytest

from pipeline.errors import (
    DamagedFile,
    ParserCrashed,
    ParserOutOfMemory,
    ParserProtocolError,
    ParserTimeout,
    PasswordRequired,
)
from pipeline.reading.reader import MAX_LEFT_OUT, Reader, parse_document
from pipeline.settings import Reading
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


class Children:
    """Stands for the sandbox: a child that touches a page of `deadly` ends as told; notes what each was asked."""

    def __init__(self, deadly, pages=9):
        self.deadly = deadly
        self.pages = pages
        self.asked = []

    def run(self, task, source, arguments, *, progress, cancelled):
        left_out = arguments["left_out"]
        self.asked.append(dict(left_out))
        for number in range(1, self.pages + 1):
            if number in self.deadly and number not in left_out:
                raise self.deadly[number]
            progress(number / self.pages)
        if len(left_out) == self.pages:
            raise DamagedFile("none of the pages can be read")
        return answer()


def read(children, progress=lambda _: None):
    reader = Reader(children, None, Reading())
    return reader.read(io.BytesIO(), name="x", media_type="application/pdf", progress=progress)


@pytest.mark.parametrize(
    "error",
    [
        ParserTimeout("it stood still", limit="progress", seconds=60, page=4),
        ParserCrashed("it fell", signal="SIGSEGV", page=4),
        ParserCrashed("it stumbled", exception="KeyError", page=4),
        ParserOutOfMemory("it was full", limit="memory", page=4),
    ],
)
def test_the_page_that_ends_a_child_is_left_out_with_what_it_did(error):
    children = Children({4: error})
    assert read(children).pages
    assert children.asked == [{}, {4: f"The page could not be read: {error.message}."}]


@pytest.mark.parametrize(
    "error",
    [
        ParserTimeout(limit="wall", page=4),
        ParserTimeout(limit="cpu", page=4),
        ParserCrashed(signal="SIGKILL", page=4),
        ParserCrashed(signal="SIGSEGV"),
        ParserProtocolError(),
        PasswordRequired(page=4),
    ],
)
def test_what_is_no_pages_doing_leaves_none_out(error):
    children = Children({4: error})
    with pytest.raises(type(error)) as caught:
        read(children)
    assert caught.value is error
    assert len(children.asked) == 1


def test_a_few_pages_may_fail_and_one_more_fails_the_document():
    deadly = {number: ParserTimeout(limit="progress", page=number) for number in range(2, 2 + MAX_LEFT_OUT)}
    children = Children(deadly)
    assert read(children).pages
    assert set(children.asked[-1]) == set(deadly)

    children.deadly[9] = ParserTimeout("the last straw", limit="progress", page=9)
    children.asked.clear()
    with pytest.raises(ParserTimeout, match="the last straw"):
        read(children)
    assert len(children.asked) == MAX_LEFT_OUT + 1


def test_where_no_page_is_left_the_error_is_what_the_page_did():
    error = ParserTimeout("it stood still", limit="progress", page=1)
    with pytest.raises(ParserTimeout) as caught:
        read(Children({1: error}, pages=1))
    assert caught.value is error


def test_a_page_that_ends_children_though_it_is_left_out_does_not_keep_us_for_ever():
    class Liar(Children):
        def run(self, task, source, arguments, *, progress, cancelled):
            self.asked.append(None)
            raise ParserCrashed(signal="SIGSEGV", page=1)

    children = Liar({})
    with pytest.raises(ParserCrashed):
        read(children)
    assert len(children.asked) == 2


def test_progress_does_not_go_back_where_reading_begins_anew():
    shares: list[float] = []
    read(Children({7: ParserTimeout(limit="progress", page=7)}), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
