"""Passages of documents of every shape say where each of their characters was read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading.passages import Passage, passages, union
from schemas.documents import (
    Block,
    Cell,
    Document,
    Page,
    Segment,
    Sheet,
    SheetCell,
    Table,
    TextBlock,
    Words,
)
from schemas.evidence import Box, CellEvidence, PageEvidence, TextEvidence, TimeEvidence

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def words(*lines: str) -> Words:
    """Each word a tenth of the page wide, each line a tenth high."""
    made = Words()
    for row, line in enumerate(lines):
        for column, word in enumerate(line.split()):
            made.text.append(word)
            for columns, value in (
                (made.x0, column / 10),
                (made.y0, row / 10),
                (made.x1, column / 10 + 0.09),
                (made.y1, row / 10 + 0.05),
            ):
                columns.append(value)
            made.line.append(row)
    return made


def block(start: int, stop: int, **fields: Any) -> Block:
    return Block(**{"kind": "paragraph", "start": start, "stop": stop, "box": WHOLE, **fields})


def page(number: int, read: Words, *blocks: Block) -> Page:
    return Page(number=number, width=600, height=800, source="text", words=read, blocks=list(blocks))


def of_pages(*pages: Page) -> list[Passage]:
    return list(passages(Document(shape="pages", media_type="application/pdf", pages=list(pages))))


def test_words_of_two_lines_give_one_box_a_line() -> None:
    (passage,) = of_pages(page(3, words("the quick brown", "fox jumps"), block(0, 5)))
    assert passage.text == "the quick brown fox jumps"
    (place,) = passage.evidence(4, 19)
    assert isinstance(place, PageEvidence)
    assert (place.page, place.quote) == (3, "quick brown fox")
    assert place.boxes == [pytest.approx((0.1, 0.0, 0.29, 0.05)), pytest.approx((0.0, 0.1, 0.09, 0.15))]


@pytest.mark.parametrize(("start", "end", "count"), [(0, 1, 1), (2, 3, 1), (3, 4, 1), (8, 10, 1), (9, 11, 2)])
def test_half_a_word_has_the_whole_words_box_and_a_blank_that_of_the_word_before_it(
    start: int, end: int, count: int
) -> None:
    (passage,) = of_pages(page(1, words("the quick", "brown"), block(0, 3)))
    (place,) = passage.evidence(start, end)
    assert isinstance(place, PageEvidence)
    assert (len(place.boxes), place.quote) == (count, passage.text[start:end])


def test_a_table_reads_row_by_row_and_its_cells_are_the_boxes() -> None:
    table = Table(
        rows=2,
        columns=2,
        cells=[
            Cell(row=0, column=0, text="Item", box=(0.1, 0.1, 0.2, 0.2)),
            Cell(row=0, column=1, text="Unit\n price", box=(0.3, 0.1, 0.4, 0.2)),
            Cell(row=1, column=0, text="", box=(0.1, 0.3, 0.2, 0.4)),
            Cell(row=1, column=1, text="9.50", box=(0.3, 0.3, 0.4, 0.4)),
        ],
    )
    (passage,) = of_pages(page(1, Words(), block(0, 0, kind="table", table=table)))
    assert (passage.text, passage.kind, passage.table) == ("Item | Unit price\n9.50", "table", table)
    at = passage.text.index("9.50")
    assert passage.evidence(at, at + 4) == [PageEvidence(page=1, boxes=[(0.3, 0.3, 0.4, 0.4)], quote="9.50")]
    (head,) = passage.evidence(0, 17)
    assert isinstance(head, PageEvidence)
    assert head.boxes == [(0.1, 0.1, 0.4, 0.2)]


def test_cells_without_boxes_still_name_their_page() -> None:
    table = Table(rows=1, columns=1, cells=[Cell(row=0, column=0, text="alone")])
    (passage,) = of_pages(page(7, Words(), block(0, 0, kind="table", table=table)))
    assert passage.evidence() == [PageEvidence(page=7, boxes=[], quote="alone")]


def test_headings_stand_above_what_follows_over_pages_until_one_of_their_rank_comes() -> None:
    first = words("Terms", "Payment", "net thirty", "Delivery", "by ship")
    made = of_pages(
        page(
            1,
            first,
            block(0, 1, kind="heading", level=1),
            block(1, 2, kind="heading", level=2),
            block(2, 4),
        ),
        page(2, words("still payment", "Delivery", "by ship"), block(0, 2), block(2, 3, kind="heading", level=2)),
        page(3, words("by ship", "Annex", "prices"), block(0, 2), block(2, 3, kind="heading"), block(3, 4)),
    )
    assert [(p.text, p.section, p.page) for p in made] == [
        ("Terms", (), 1),
        ("Payment", ("Terms",), 1),
        ("net thirty", ("Terms", "Payment"), 1),
        ("still payment", ("Terms", "Payment"), 2),
        ("Delivery", ("Terms", "Payment"), 2),
        ("by ship", ("Terms", "Delivery"), 3),
        ("Annex", ("Terms", "Delivery"), 3),
        ("prices", ("Annex",), 3),
    ]


def test_a_word_that_a_line_end_parts_is_whole_and_has_a_box_in_both_lines() -> None:
    [passage] = of_pages(page(1, words("to under-", "stand it"), block(0, 4)))
    assert passage.text == "to understand it"
    [place] = passage.evidence(3, 13)
    assert isinstance(place, PageEvidence)
    assert place.quote == "understand"
    assert [box[1] for box in place.boxes] == [0.0, 0.1]


def test_empty_blocks_are_left_out() -> None:
    assert of_pages(page(1, words("a"), block(0, 0), block(0, 1), block(1, 1))) == of_pages(
        page(1, words("a"), block(0, 1))
    )


def test_text_is_placed_in_the_content_text_under_its_headings() -> None:
    text = "Refunds\n\nWithin 30 days.\n"
    document = Document(
        shape="text",
        media_type="text/markdown",
        text=text,
        blocks=[
            TextBlock(kind="heading", start=0, stop=7, level=1),
            TextBlock(kind="paragraph", start=9, stop=24, section=["Policy", "Refunds"]),
            TextBlock(kind="paragraph", start=25, stop=25),
        ],
    )
    heading, paragraph = passages(document)
    assert (heading.level, heading.text) == (1, "Refunds")
    (place,) = paragraph.evidence(7, 14)
    assert place == TextEvidence(start=16, end=23, quote="30 days", section="Policy > Refunds")
    assert text[16:23] == "30 days"
    assert heading.evidence() == [TextEvidence(start=0, end=7, quote="Refunds", section=None)]


def test_a_row_of_a_sheet_is_a_passage_and_its_cells_the_evidence() -> None:
    cells = [
        SheetCell(row=0, column=0, ref="A1", text="Rope"),
        SheetCell(row=0, column=1, ref="B1", text=""),
        SheetCell(row=0, column=2, ref="C1", text="4.20"),
        SheetCell(row=4, column=0, ref="A5", text="Sail"),
    ]
    first, second = passages(
        Document(shape="sheets", media_type="x", sheets=[Sheet(name="Prices", cells=cells), Sheet(name="", cells=[])])
    )
    assert (first.text, first.section, second.text) == ("Rope | 4.20", ("Prices",), "Sail")
    assert first.evidence(7, 11) == [CellEvidence(sheet="Prices", ref="C1", quote="4.20")]
    assert first.evidence(3, 8) == [
        CellEvidence(sheet="Prices", ref="A1", quote="Rope"),
        CellEvidence(sheet="Prices", ref="C1", quote="4.20"),
    ]
    assert second.evidence() == [CellEvidence(sheet="Prices", ref="A5", quote="Sail")]


def test_speech_is_placed_by_its_share_of_the_segment() -> None:
    segments = [
        Segment(start=10.0, end=20.0, text="0123456789", speaker="Ada"),
        Segment(start=20.0, end=21.0, text=""),
        Segment(start=30.0, end=30.0, text="instant"),
    ]
    said, instant = passages(Document(shape="segments", media_type="audio/wav", segments=segments))
    assert said.section == ("Ada",)
    assert said.evidence(2, 5) == [TimeEvidence(start=12.0, end=15.0, quote="234")]
    assert said.evidence() == [TimeEvidence(start=10.0, end=20.0, quote="0123456789")]
    assert instant.evidence(0, 3) == [TimeEvidence(start=30.0, end=30.0, quote="ins")]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 99), (5, None)])
def test_characters_that_are_not_there_have_no_place(start: int, end: int | None) -> None:
    (passage,) = of_pages(page(1, words("hello"), block(0, 1)))
    with pytest.raises(ValueError, match="no characters"):
        passage.evidence(start, end)


def test_the_box_around_boxes() -> None:
    assert union([(0.1, 0.2, 0.3, 0.4), (0.0, 0.3, 0.2, 0.9)]) == (0.0, 0.2, 0.3, 0.9)


LINES = st.lists(st.text("abc .,äß東\U0001f600", min_size=1, max_size=30), min_size=1, max_size=6)


@given(LINES, st.data())
def test_every_stretch_of_a_page_is_quoted_as_it_stands_and_boxed_inside_the_page(
    lines: list[str], data: st.DataObject
) -> None:
    read = words(*lines)
    found = of_pages(page(1, read, block(0, len(read))))
    if not found:
        assert not any(line.split() for line in lines)
        return
    (passage,) = found
    start = data.draw(st.integers(0, len(passage.text) - 1))
    end = data.draw(st.integers(start + 1, len(passage.text)))
    (place,) = passage.evidence(start, end)
    assert isinstance(place, PageEvidence)
    assert place.quote == passage.text[start:end]
    touched = {read.line[i] for i, offset in enumerate(passage.offsets) if offset < end}  # type: ignore[attr-defined]
    assert 1 <= len(place.boxes) <= len(touched)
