"""Labels are found where they stand, the longest first."""

import pytest

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.rules.labels import LabelBook, LabelIndex


@pytest.fixture
def index_of(drawn):
    def make(drawing, *, confidence=None, **labels):
        book = LabelBook()
        for owner, texts in labels.items():
            book.add(owner, [tuple(text.split()) for text in texts])
        layout = build_layout(drawn(drawing, confidence=confidence))
        return LabelIndex(layout, book), layout

    return make


def _owners(index, layout):
    return [set(each.owners) for row in layout.rows for run in row.runs for each in index.in_run(run)]


def test_the_longest_label_wins(index_of):
    found = index_of("Due date: 1 May   Date: 2 May", due=["due date"], date=["date"])
    assert _owners(*found) == [{"due"}, {"date"}]


def test_a_label_may_have_several_owners(index_of):
    assert _owners(*index_of("Date: 2 May", a=["date"], b=["date"])) == [{"a", "b"}]


def test_words_that_ocr_ran_together_are_known(index_of):
    assert _owners(*index_of("InvoiceDate: 2 May", a=["invoice date"])) == [{"a"}]


def test_a_slip_of_ocr_is_forgiven_where_ocr_was_unsure(index_of):
    drawing = "Tota1 Amount: 5.00"
    assert _owners(*index_of("Amuont: 5.00", confidence=0.6, a=["amount"])) == [{"a"}]
    assert _owners(*index_of("Amuont: 5.00", confidence=0.99, a=["amount"])) == []
    assert _owners(*index_of(drawing, confidence=0.6, a=["amount"])) == [{"a"}]


def test_a_run_that_is_a_label_and_nothing_more_is_told_from_one_with_its_value(index_of):
    index, layout = index_of("Total (EUR):   9.00\nTotal: 9.00\nthe total of all", a=["total"])
    runs = [row.runs[0] for row in layout.rows]
    assert [index.is_label(run) for run in runs] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "leads"),
    [("Total 5", True), ("3 Total 5", True), ("the total", False), ("Net: total", True), (": 2.1 total", False)],
)
def test_a_label_leads_when_no_words_stand_before_it(index_of, text, leads):
    index, layout = index_of(text, a=["total"])
    (found,) = index.in_run(layout.rows[0].runs[0])
    assert found.leads is leads


def test_a_colon_may_stand_behind_a_remark(index_of):
    index, layout = index_of("Total (incl. tax): 5\nTotal 5", a=["total"])
    assert [index.in_run(row.runs[0])[0].colon for row in layout.rows] == [True, False]
