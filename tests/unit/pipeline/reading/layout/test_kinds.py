import pytest

from pipeline.reading.layout.drafts import Draft
from pipeline.reading.layout.kinds import Candidate, settle
from pipeline.reading.tables.grid import Grid, GridCell

GRID = Grid(rows=1, columns=1, cells=(GridCell(row=0, column=0, words=(0,)),), box=(0, 0, 1, 1))


def block(text, *, left=0.1, top=0.4, size=10.0, rows=1, bold=False, single=True, marker=False, grid=None):
    words = len(text.split())
    draft = Draft(start=0, stop=words, rows=rows, size=size, bold=bold, single=single, marker=marker, grid=grid)
    return Candidate(draft=draft, text=text, left=left, top=top, bottom=top + 0.015 * rows)


BODY = block(" ".join(["ordinary"] * 200), rows=20)


def kinds(*blocks, ocr=False):
    """The kinds of some blocks on a page of ordinary text."""
    return [(found.kind, found.level) for found in settle([[*blocks, BODY]], by_ocr=[ocr])[0][:-1]]


def test_larger_type_is_a_heading_and_the_largest_is_level_one():
    found = kinds(block("Annual report", size=20), block("Outlook", size=14), block("Markets", size=14))
    assert found == [("heading", 1), ("heading", 2), ("heading", 2)]


def test_a_bold_line_in_the_size_of_the_text_is_a_heading_below_the_larger_ones():
    assert kinds(block("Annual report", size=20), block("Outlook", bold=True)) == [("heading", 1), ("heading", 2)]


@pytest.mark.parametrize("text", ["ARTICLE FOUR", "CONFIDENTIALITY"])
def test_a_line_in_capitals_is_a_heading(text):
    assert kinds(block(text)) == [("heading", 1)]


@pytest.mark.parametrize("text", ["42", "12.50 EUR", "2026-03-12"])
def test_figures_are_no_heading_however_large(text):
    assert kinds(block(text, size=20)) == [("paragraph", None)]


def test_a_label_with_its_value_is_no_heading_however_bold():
    assert kinds(block("Invoice number: A-17", bold=True)) == [("paragraph", None)]


def test_a_bold_sentence_is_no_heading():
    assert kinds(block("This is a sentence that is set in bold.", bold=True)) == [("paragraph", None)]


def test_a_numbered_title_is_a_heading_even_in_plain_type():
    assert kinds(block("2.1.1 Pretraining data: the mix", marker=True)) == [("heading", 1)]
    assert kinds(block("2.1 The parties agree on the price.", marker=True)) == [("list_item", None)]


def test_an_item_with_a_bullet_is_no_heading_whatever_its_letters():
    assert kinds(block("• UNIVERSITY", marker=True)) == [("list_item", None)]


def test_heights_measured_by_ocr_must_differ_more_to_make_a_heading():
    slightly = block("Slightly larger line", size=12)
    assert kinds(slightly) == [("heading", 1)]
    assert kinds(slightly, ocr=True) == [("paragraph", None)]


def test_a_marked_paragraph_is_a_list_item_and_a_named_figure_a_caption():
    found = kinds(block("• some item of it", marker=True), block("Figure 3: what it shows"))
    assert found == [("list_item", None), ("caption", None)]


def test_a_table_stays_a_table_wherever_it_stands():
    assert kinds(block("1", top=0.97, grid=GRID)) == [("table", None)]


@pytest.mark.parametrize("text", ["7", "Page 7", "Seite 7 von 9", "- 7 -", "7/9"])
def test_a_page_number_in_the_margin_is_a_footer(text):
    assert kinds(block(text, top=0.92)) == [("footer", None)]


def test_what_stands_at_the_very_edge_is_a_header_or_a_footer():
    found = kinds(block("Printed on Monday", top=0.01), block("shop.example.com", top=0.975))
    assert found == [("header", None), ("footer", None)]


def test_on_a_page_without_margins_nothing_is_a_header_for_its_place_alone():
    assert kinds(block("goes on from the page before", left=0.01, top=0.01), block("and so on", left=0.01)) == [
        ("paragraph", None),
        ("paragraph", None),
    ]


def test_a_line_with_a_page_number_above_a_full_page_is_a_header():
    assert kinds(block("400 BRITISH HUSBANDRY", top=0.08, single=False)) == [("header", None)]


def test_a_letterhead_is_no_header():
    assert kinds(block("Miller and Sons Limited", top=0.07)) == [("paragraph", None)]


def test_what_repeats_in_the_margins_of_the_pages_is_a_header_numbers_aside():
    pages = [[block(f"Annual report, section {number}", top=0.05), BODY] for number in range(1, 5)]
    found = settle(pages, by_ocr=[False] * 4)
    assert [page[0].kind for page in found] == ["header"] * 4


def test_what_repeats_in_the_middle_of_the_pages_is_text():
    pages = [[block("The same again", top=0.5), BODY] for _ in range(5)]
    assert {page[0].kind for page in settle(pages, by_ocr=[False] * 5)} == {"paragraph"}


def test_a_document_without_blocks_has_no_kinds():
    assert settle([[], []], by_ocr=[False, True]) == [[], []]
