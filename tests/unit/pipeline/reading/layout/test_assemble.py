import numpy as np
import pytest

from pipeline.errors import LimitExceeded, NoPages
from pipeline.reading.layout.assemble import check_page_count, finish, place, unreadable
from pipeline.reading.layout.marks import Marks
from schemas.documents import Page
from tests.support.marks import page, prose, table

INVOICE_ROWS = [
    ["Article", "Quantity", "Price", "Amount"],
    ["Paper A4", "10", "4.50", "45.00"],
    ["Ink black", "2", "19.90", "39.80"],
    ["Stapler", "1", "12.00", "12.00"],
    ["Envelopes", "3", "2.40", "7.20"],
]


def one_page(marks) -> Page:
    return finish([place(marks, 1, "text")])[0]


def block_texts(made: Page):
    return [" ".join(made.words.text[block.start : block.stop]) for block in made.blocks]


def test_boxes_are_fractions_of_the_page():
    made = one_page(page((60, 80, "word"), width=600, height=800))
    assert made.words.box(0) == (0.1, 0.1, 0.14, 0.115)


def test_words_that_reach_over_the_edge_are_cut_off_there():
    made = one_page(page((-10, 795, "edge"), width=600, height=800))
    assert made.words.box(0) == (0.0, 0.99375, 0.02333, 1.0)


def test_blocks_cover_all_words_in_reading_order():
    made = one_page(page(*prose(50, 100, 5, word="left"), *prose(320, 100, 5, word="rite"), (50, 300, "end")))
    assert [block.start for block in made.blocks] == [0, *(block.stop for block in made.blocks[:-1])]
    assert made.blocks[-1].stop == len(made.words)
    assert made.words.line == sorted(made.words.line)


def test_a_block_has_the_box_around_its_words():
    made = one_page(page((60, 80, "some words"), width=600, height=800))
    [block] = made.blocks
    assert block.box == (0.1, 0.1, 0.195, 0.115)


def test_line_items_become_a_table_with_its_header_row():
    made = one_page(page((50, 60, "A sentence above the table."), *table([50, 250, 350, 450], INVOICE_ROWS)))
    [found] = [block.table for block in made.blocks if block.table]
    assert found.grid() == INVOICE_ROWS
    assert found.header_rows == 1
    assert block_texts(made)[0] == "A sentence above the table."


def test_cells_have_the_boxes_of_their_words():
    made = one_page(page(*table([50, 250, 350, 450], INVOICE_ROWS)))
    [found] = [block.table for block in made.blocks if block.table]
    amount = next(cell for cell in found.cells if cell.text == "45.00")
    assert amount.box == (0.75, 0.145, 0.8, 0.16)


def test_a_heading_is_settled_with_the_whole_document():
    first = page((50, 60, "Large words"), *prose(50, 100, 20), sizes={"Large words": 18.0})
    pages = finish([place(first, 1, "text"), place(page(*prose(50, 100, 20)), 2, "text")])
    assert [(block.kind, block.level) for block in pages[0].blocks] == [("heading", 1), ("paragraph", None)]


def test_confidence_goes_with_the_words():
    marks = page((320, 100, "rite"), (50, 100, "left"))
    made = one_page(
        Marks(
            width=600,
            height=800,
            text=marks.text,
            boxes=marks.boxes,
            line=marks.line,
            size=marks.size,
            bold=marks.bold,
            confidence=np.array([0.25, 0.75]),
        )
    )
    assert dict(zip(made.words.text, made.words.confidence, strict=True)) == {"left": 0.75, "rite": 0.25}


def test_a_page_without_words_has_no_blocks_and_no_source():
    made = one_page(Marks(width=600.0, height=800.0))
    assert (made.source, made.blocks, len(made.words)) == ("none", [], 0)


def test_a_page_that_could_not_be_read_says_why():
    made = finish([unreadable(3, "The page is broken.")])[0]
    assert (made.number, made.problem, made.source) == (3, "The page is broken.", "none")


def test_a_document_has_at_least_one_page_and_no_more_than_the_limit():
    check_page_count(5, 5)
    with pytest.raises(NoPages):
        check_page_count(0, 5)
    with pytest.raises(LimitExceeded) as caught:
        check_page_count(6, 5)
    assert caught.value.facts == {"pages": 6, "limit": 5}
