"""Words of a page become runs, and runs beside one another rows."""

import pytest

from pipeline.extraction.layout.build import build_layout
from schemas.documents import Document, Page, Words


def _texts(layout):
    return [[run.text for run in row.runs] for row in layout.rows]


def test_wide_gaps_part_texts_and_single_spaces_do_not(drawn):
    layout = build_layout(drawn("Invoice number:   LW-17\nTotal due          47.90  EUR"))
    assert _texts(layout) == [["Invoice number:", "LW-17"], ["Total due", "47.90", "EUR"]]


def _document(*words: tuple[str, float, float, float, float, int]) -> Document:
    columns = Words(
        text=[word[0] for word in words],
        x0=[word[1] / 600 for word in words],
        y0=[word[2] / 800 for word in words],
        x1=[word[3] / 600 for word in words],
        y1=[word[4] / 800 for word in words],
        line=[word[5] for word in words],
    )
    page = Page(number=1, width=600, height=800, source="text", words=columns)
    return Document(shape="pages", media_type="application/pdf", pages=[page])


def test_a_row_may_slope_as_those_of_a_skewed_scan_do():
    document = _document(*((f"w{i}", i * 100, 100 + i * 4, i * 100 + 40, 112 + i * 4, i) for i in range(5)))
    assert _texts(build_layout(document)) == [["w0", "w1", "w2", "w3", "w4"]]


def test_lines_that_the_reader_took_for_one_are_told_apart_by_height():
    document = _document(
        ("Total", 50, 100, 80, 110, 0),
        ("net", 84, 100, 100, 110, 0),
        ("Total", 50, 120, 80, 130, 0),
        ("9.00", 200, 120, 220, 130, 1),
    )
    assert _texts(build_layout(document)) == [["Total net"], ["Total", "9.00"]]


def test_text_turned_by_a_quarter_is_a_row_of_its_own():
    document = _document(("margin", 10, 50, 20, 400, 0), ("Total", 50, 100, 80, 110, 1), ("9.00", 90, 100, 110, 110, 1))
    assert ["margin"] in _texts(build_layout(document))


def test_a_run_knows_the_place_of_each_of_its_words(drawn):
    layout = build_layout(drawn("alpha beta gamma"))
    run = layout.rows[0].runs[0]
    (place,) = run.evidence(6, 10)
    assert place.quote == "beta"
    box = run.box_of(6, 10)
    assert place.boxes[0][0] * 620 == pytest.approx(box[0]) == pytest.approx(36)
    assert box[2] == pytest.approx(60)


def test_neighbours_are_found_on_the_same_page_only(drawn):
    layout = build_layout(drawn("a   b\nc", "d"))
    assert [run.text for run in layout.right_of(layout.rows[0].runs[0])] == ["b"]
    assert [row.text for row in layout.below(0, 5)] == ["c"]
    assert [row.text for row in layout.above(1, 5)] == ["a   b"]
    assert layout.above(2, 5) == []
    assert layout.pages == {1: (0, 2), 2: (2, 3)}


def test_a_page_without_words_has_no_rows():
    page = Page(number=1, width=1, height=1, source="none")
    assert build_layout(Document(shape="pages", media_type="image/png", pages=[page])).rows == []
