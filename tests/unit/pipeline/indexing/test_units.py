"""What a chunk should hold whole, and how it is put together."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.indexing.anchors import Slice, locate
from pipeline.indexing.composition import append, compose, section
from pipeline.indexing.units import Unit, apart, units
from pipeline.reading.passages import TextPassage
from schemas.documents import Block, Cell, Document, Page, Sheet, SheetCell, Table, Words
from tests.support.corpus import spoken, written


def texts(found):
    return [unit.part.text for unit in found]


def page(number, *lines):
    """A page whose lines are `(kind, text)`."""
    words, blocks = Words(), []
    for kind, text in lines:
        start = len(words)
        for word in text.split():
            words.text.append(word)
            for column, value in ((words.x0, 0.1), (words.y0, 0.1), (words.x1, 0.2), (words.y1, 0.2)):
                column.append(value)
            words.line.append(len(blocks))
        blocks.append(Block(kind=kind, start=start, stop=len(words), box=(0.1, 0.1, 0.2, 0.2)))
    return Page(number=number, width=600, height=800, source="text", words=words, blocks=blocks)


def test_running_titles_come_last_and_each_once():
    document = Document(
        shape="pages",
        media_type="application/pdf",
        pages=[
            page(1, ("header", "Annual report"), ("paragraph", "First."), ("footer", "Page 1 of 2")),
            page(2, ("header", "Annual report"), ("paragraph", "Second."), ("footer", "Page 2 of 2")),
        ],
    )
    assert texts(units(document)) == ["First.", "Second.", "Annual report", "Page 1 of 2"]


def test_what_holds_nothing_but_space_is_no_unit():
    assert texts(units(written("one", "   ", "two"))) == ["one", "two"]


def test_a_unit_stands_under_its_headings_and_a_heading_under_itself():
    found = list(units(written(("heading", "A", 1), ("heading", "B", 2), "text")))
    assert [unit.path for unit in found] == [("A",), ("A", "B"), ("A", "B")]
    assert [unit.heading for unit in found] == [True, True, False]


@pytest.mark.parametrize(("first", "named"), [(["Item", "Price"], True), (["Pen", "2.50"], False), (["Total"], False)])
def test_the_first_row_of_a_sheet_names_its_columns_where_it_reads_like_that(first, named):
    rows = [first, ["Pen", "2.50"], ["Ink", "3.50"]]
    cells = [
        SheetCell(row=r, column=c, ref=f"{'AB'[c]}{r + 1}", text=text)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    document = Document(shape="sheets", media_type="text/csv", sheets=[Sheet(name="s", cells=cells)])
    headers = [unit.header and unit.header.text for unit in units(document)]
    assert headers == [" | ".join(first) if named else None] * 3


def test_a_table_comes_apart_into_rows_and_a_paragraph_into_sentences():
    table = Table(
        rows=2,
        columns=2,
        header_rows=1,
        cells=[Cell(row=r, column=c, text=f"r{r}c{c}") for r in (0, 1) for c in (0, 1)],
    )
    text = "r0c0 | r0c1\n\nr1c0 | r1c1"
    whole = Unit(Slice(TextPassage(text=text, kind="table", offset=0, table=table), 0, len(text)))
    assert texts(apart(whole)) == ["r0c0 | r0c1", "r1c0 | r1c1"]
    [prose] = units(written("It rains. It pours."))
    assert [text.strip() for text in texts(apart(prose))] == ["It rains.", "It pours."]


PROSE = st.lists(st.sampled_from(["It rains.", "It pours!", "Who knows?", "no end", "\n", "  ", "a.b"]), max_size=9)


@given(PROSE)
def test_what_comes_apart_lies_in_order_within_what_it_was(parts):
    text = " ".join(parts)
    passage = TextPassage(text=text, kind="paragraph", offset=7)
    for unit in units(written(text)):
        pieces = apart(unit)
        bounds = [(piece.part.start, piece.part.end) for piece in pieces]
        assert bounds == sorted(bounds)
        assert all(a[1] <= b[0] for a, b in pairwise(bounds))
        kept = "".join("".join(piece.part.text.split()) for piece in pieces)
        assert kept == "".join(passage.text.split()), "no character is lost"


def test_neighbours_in_one_passage_become_one_unit_again():
    [whole] = units(written("It rains. It pours. It snows."))
    first, second, third = apart(whole)
    joined = append(append([], first), second)
    assert len(joined) == 1
    assert joined[0].part.text.split() == ["It", "rains.", "It", "pours."]
    assert len(append(append([], first), third)) == 2


@given(st.lists(st.sampled_from(["one", "two words", "three more words"]), min_size=1, max_size=5))
def test_every_character_of_a_composition_can_be_found_where_it_was_read(paragraphs):
    document = written(*paragraphs)
    made = compose(list(units(document)))
    assert made.text == "\n\n".join(paragraphs)
    for start, char in enumerate(made.text):
        if not char.isspace():
            [place] = locate(made.text, made.anchors, start, start + 1)
            assert document.text[place.start : place.end] == char


def test_a_chunk_within_a_table_begins_with_its_header_and_one_at_its_beginning_does_not_repeat_it():
    text = "Item | Price\nPen | 2.50\nInk | 3.50"
    passage = TextPassage(text=text, kind="table", offset=0)
    header, pen, ink = (Unit(part) for part in (Slice(passage, 0, 12), Slice(passage, 13, 23), Slice(passage, 24, 34)))
    assert compose([ink], header=header.part).text == "Item | Price\nInk | 3.50"
    assert compose([header, pen], header=header.part).text == "Item | Price\nPen | 2.50"


def test_who_speaks_is_said_where_the_speaker_changes():
    document = spoken("Good day.", "Shall we begin?", "Yes.")
    for segment, speaker in zip(document.segments, ("Ann", "Ann", "Ben"), strict=True):
        segment.speaker = speaker
    assert compose(list(units(document))).text == "Ann: Good day. Shall we begin?\nBen: Yes."


def test_the_section_of_several_units_is_what_they_have_in_common():
    found = list(units(written(("heading", "A", 1), "x", ("heading", "B", 2), "y", ("heading", "C", 2), "z")))
    x, y, z = (unit for unit in found if not unit.heading)
    assert section([x]) == ("A",)
    assert section([y, z]) == ("A",)
    assert section([y]) == ("A", "B")
