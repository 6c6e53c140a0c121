import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.filtering.conditions import Facts
from pipeline.indexing.anchors import locate
from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import Chunk, ChunkedDocument
from pipeline.indexing.index import Target, chunk_id
from pipeline.indexing.pages import page_rows
from schemas.documents import Block, Cell, Document, Page, Segment, Sheet, SheetCell, Table, TextBlock, Words


def count(text: str) -> int:
    """Words, and two special tokens."""
    return len(text.split()) + 2


def written(*blocks: tuple, title: str | None = None) -> Document:
    """A text document from `(kind, text)` or `(kind, text, level)`; sections follow from the headings."""
    text, found, path = "", [], []
    for kind, content, *level in blocks:
        section = [name for _, name in path]
        if kind == "heading":
            path = [entry for entry in path if entry[0] < level[0]]
            section = [name for _, name in path]
            path.append((level[0], content))
        start = len(text)
        text += content
        found.append(
            TextBlock(kind=kind, start=start, stop=len(text), level=level[0] if level else None, section=section)
        )
        text += "\n\n"
    return Document(shape="text", media_type="text/plain", text=text, blocks=found, title=title)


def page_with_table(rows: list[list[str]], header_rows: int = 1) -> Document:
    cells = [
        Cell(row=r, column=c, text=text, box=(c / 10, r / 100, (c + 1) / 10, (r + 1) / 100))
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    table = Table(rows=len(rows), columns=len(rows[0]), cells=cells, header_rows=header_rows)
    block = Block(kind="table", start=0, stop=0, box=(0, 0, 1, 1), table=table)
    page = Page(number=1, width=100, height=100, source="text", blocks=[block])
    return Document(shape="pages", media_type="application/pdf", pages=[page])


def ledger(*pages: list[list[str]]) -> Document:
    """A table with a row of names that goes on over all pages."""
    made = [page_with_table(rows, header_rows=int(number == 0)).pages[0] for number, rows in enumerate(pages)]
    for number, page in enumerate(made, start=1):
        page.number = number
        assert page.blocks[0].table is not None
        page.blocks[0].table.box = (0.1, 0.1, 0.9, 0.9)
    return Document(shape="pages", media_type="application/pdf", pages=made)


def sentence(word: str, words: int) -> str:
    return " ".join([word.capitalize(), *[word] * (words - 2), f"{word}."])


def texts(chunks: list[Chunk]) -> list[str]:
    return [one.text for one in chunks]


def test_short_paragraphs_are_merged_up_to_the_limit() -> None:
    document = written(*[("paragraph", sentence(word, 8)) for word in "abcdef"])
    chunks = chunk(document, count, 26)
    assert [one.text.count("\n\n") + 1 for one in chunks] == [3, 3]
    assert [one.number for one in chunks] == [0, 1]


def test_a_heading_begins_a_chunk_and_stays_with_what_follows() -> None:
    document = written(
        ("heading", "Scope", 1),
        ("paragraph", sentence("a", 12)),
        ("heading", "Term", 1),
        ("paragraph", sentence("b", 12)),
    )
    first, second = chunk(document, count, 40)
    assert first.text.startswith("Scope\nA a")
    assert second.text.startswith("Term\nB b")
    assert (first.section, second.section) == ("Scope", "Term")


def test_a_heading_is_not_left_alone_when_what_follows_is_too_long() -> None:
    document = written(("heading", "Scope", 1), ("paragraph", " ".join(sentence(word, 10) for word in "abcdef")))
    chunks = chunk(document, count, 30)
    assert chunks[0].text.startswith("Scope\nA a")
    assert all(one.section == "Scope" for one in chunks)


def test_small_sections_share_a_chunk_under_the_heading_above() -> None:
    document = written(
        ("heading", "Terms", 1),
        ("heading", "One", 2),
        ("paragraph", "A a."),
        ("heading", "Two", 2),
        ("paragraph", "B b."),
    )
    (only,) = chunk(document, count, 100)
    assert only.section == "Terms"
    assert only.text == "Terms\nOne\nA a.\n\nTwo\nB b."


def test_context_is_embedded_and_not_shown() -> None:
    document = written(
        ("heading", "Terms", 1),
        ("heading", "Payment", 2),
        ("paragraph", " ".join(sentence(word, 10) for word in "abcdef")),
        title="Contract",
    )
    chunks = chunk(document, count, 32)
    assert chunks[0].embedding_text.startswith("Contract\nTerms\nPayment\n")
    assert chunks[1].embedding_text.startswith("Contract > Terms > Payment\n")
    assert all(one.embedding_text.endswith(one.text) for one in chunks)
    assert "Contract" not in "".join(texts(chunks))


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    document = written(("paragraph", " ".join(sentence(word * 3, 10) for word in "abcdefg")))
    chunks = chunk(document, count, 24)
    assert all(one.text.endswith(".") for one in chunks)
    assert [len(one.text.split()) for one in chunks] == [20, 20, 20, 10]


def test_a_sentence_without_end_is_cut_between_words() -> None:
    document = written(("paragraph", " ".join(f"word{i}" for i in range(100))))
    chunks = chunk(document, count, 24)
    assert " ".join(texts(chunks)).split() == [f"word{i}" for i in range(100)]


def test_a_table_that_fits_is_kept_whole() -> None:
    rows = [["Item", "Price"], *[[f"thing{i}", f"{i}.00"] for i in range(5)]]
    document = page_with_table(rows)
    (only,) = chunk(document, count, 60)
    assert only.text.splitlines()[0] == "Item | Price"


def test_a_table_that_is_cut_repeats_its_header() -> None:
    rows = [["Item", "Price"], *[[f"thing{i}", f"{i}.00"] for i in range(30)]]
    chunks = chunk(page_with_table(rows), count, 24)
    assert len(chunks) > 3
    assert all(one.text.startswith("Item | Price\n") for one in chunks)
    assert sum(one.text.count("thing") for one in chunks) == 30


def test_the_repeated_header_is_placed_where_it_was_read() -> None:
    rows = [["Item", "Price"], *[[f"thing{i}", f"{i}.00"] for i in range(30)]]
    last = chunk(page_with_table(rows), count, 24)[-1]
    (place,) = last.locate(0, len("Item | Price"))
    assert place.boxes == [(0.0, 0.0, 0.2, 0.01)]


def test_a_header_too_long_to_repeat_is_not_repeated() -> None:
    rows = [["many names of columns that go on and on", "Price"], *[[f"thing{i}", "1"] for i in range(30)]]
    chunks = chunk(page_with_table(rows), count, 20)
    assert sum("many names" in one.text for one in chunks) == 1


def test_sheets_are_chunked_apart_and_repeat_the_names_of_columns() -> None:
    def sheet(name: str, rows: int) -> Sheet:
        cells = [SheetCell(row=0, column=c, ref=f"{'AB'[c]}1", text=text) for c, text in enumerate(["Item", "Price"])]
        for r in range(1, rows):
            cells += [
                SheetCell(row=r, column=c, ref=f"{'AB'[c]}{r + 1}", text=t) for c, t in enumerate([f"x{r}", f"{r}.5"])
            ]
        return Sheet(name=name, cells=cells)

    document = Document(shape="sheets", media_type="x", sheets=[sheet("One", 12), sheet("Two", 3)])
    chunks = chunk(document, count, 26)
    assert [one.section for one in chunks] == ["One"] * (len(chunks) - 1) + ["Two"]
    assert all(one.text.startswith("Item | Price\n") for one in chunks)
    assert {place.ref for one in chunks for place in one.evidence} >= {"A1", "A12", "B12"}


def test_turns_are_merged_and_speakers_named_where_they_change() -> None:
    said = [
        ("Ann", "hello there", 0, 2),
        ("Ann", "shall we start", 2, 4),
        ("Bob", "yes please", 4, 6),
        ("Ann", "good", 6, 7),
    ]
    segments = [Segment(speaker=s, text=t, start=a, end=b) for s, t, a, b in said]
    document = Document(shape="segments", media_type="audio/wav", segments=segments, seconds=7)
    (only,) = chunk(document, count, 50)
    assert only.text == "Ann: hello there shall we start\nBob: yes please\nAnn: good"
    (place,) = only.evidence
    assert (place.start, place.end) == (0, 7)
    (bob,) = only.locate(only.text.index("yes"), only.text.index("yes") + 10)
    assert (bob.start, bob.end) == (4, 6)


def test_running_titles_come_last_and_once() -> None:
    def page(number: int) -> Page:
        words = ["ACME", "Report", str(number), "body", f"text{number}."]
        columns = Words(text=words, x0=[0.1] * 5, y0=[0.1] * 5, x1=[0.2] * 5, y1=[0.2] * 5, line=[0, 0, 0, 1, 1])
        blocks = [
            Block(kind="header", start=0, stop=3, box=(0, 0, 1, 0.1)),
            Block(kind="paragraph", start=3, stop=5, box=(0, 0.1, 1, 1)),
        ]
        return Page(number=number, width=1, height=1, source="text", words=columns, blocks=blocks)

    document = Document(shape="pages", media_type="application/pdf", pages=[page(n) for n in (1, 2, 3)])
    (only,) = chunk(document, count, 50)
    assert only.text == "body text1.\n\nbody text2.\n\nbody text3.\n\nACME Report 1"
    assert [place.page for place in only.evidence] == [1, 2, 3, 1]


def test_an_empty_document_has_no_chunks() -> None:
    assert chunk(written(), count, 20) == []
    assert chunk(written(("paragraph", "  ")), count, 20) == []


@pytest.mark.parametrize("between", ["  ", " \n ", "   \t"])
def test_a_stretch_that_is_cut_at_white_space_ends_with_a_word(between: str) -> None:
    text = between.join(["1"] * 60)
    for limit in range(6, 12):
        chunks = chunk(written(("paragraph", text)), count, limit)
        assert [one.text for one in chunks] == [one.text.strip() for one in chunks]
        assert sum(len(one.text.split()) for one in chunks) == 60


KINDS = st.sampled_from(["heading", "paragraph", "list_item", "table", "code"])
BLOCKS = st.lists(
    st.tuples(KINDS, st.text(alphabet="ab1. \n|é", max_size=120) | st.text(max_size=30), st.integers(1, 3)), max_size=12
)


@settings(max_examples=150, deadline=None)
@example([("table", "1 1 1\n 1 1", 1)], 6, None)
@given(BLOCKS, st.integers(6, 40), st.none() | st.text(max_size=40))
def test_nothing_is_lost_and_no_embedded_text_is_too_long(blocks: list, limit: int, title: str | None) -> None:
    document = written(*blocks, title=title)
    covered: set[int] = set()
    for one in chunk(document, count, limit):
        assert count(one.embedding_text) <= limit
        assert one.text == one.text.strip()
        for place in locate(one.text, json.loads(json.dumps(one.anchors))):
            covered.update(range(place.start, place.end))
    visible = {index for index, char in enumerate(document.text) if not char.isspace()}
    assert visible <= covered


@pytest.mark.parametrize(
    "text", ["word " * 100_000, "x" * 500_000, "Short one. " * 40_000, "契約は日本法に準拠する" * 20_000]
)
def test_time_grows_with_the_length_only(text: str) -> None:
    began = time.perf_counter()
    chunks = chunk(written(("paragraph", text)), count, 256)
    assert time.perf_counter() - began < 60
    assert "".join("".join(texts(chunks)).split()) == "".join(text.split())


def test_a_table_that_goes_on_over_pages_has_its_names_in_every_chunk_and_its_places_are_those_of_the_rows() -> None:
    bodies = [[[f"thing{page}{n}", f"{n}.50"] for n in range(6)] for page in (1, 2, 3)]
    document = ledger([["Item", "Price"], *bodies[0]], *bodies[1:])
    chunks = chunk(document, count, 18)
    assert len(chunks) > 3
    assert all(one.text.startswith("Item | Price\nthing") for one in chunks)
    assert all(one.embedding_text.startswith("Item | Price\nthing") for one in chunks)
    second = next(one for one in chunks if "thing2" in one.text and "thing1" not in one.text)
    assert [place.page for place in second.evidence] == [2, 1]
    assert second.evidence[1].quote == "Item | Price"
    at = second.text.index("thing2")
    assert [place.page for place in second.locate(at, len(second.text))] == [2]
    target = Target(
        workspace_id="w",
        revision=1,
        facts=Facts(document_id="d", collection=None, media_type="application/pdf", uploaded=0.0),
    )
    (row,) = [row for row in page_rows(ChunkedDocument(chunks=chunks), target, [1]) if row["number"] == 1]
    assert chunk_id(target, second) not in row["chunks"], "it does not stand there"
    assert chunk_id(target, chunks[0]) in row["chunks"]
