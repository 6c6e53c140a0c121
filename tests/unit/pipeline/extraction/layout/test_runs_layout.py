"""Where things are in a layout: boxes of stretches of text, and what stands below, above and beside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.layout.runs import Layout, Row, Run, enclose


def run_of(*words, x=10.0, y=20.0, page=1):
    """Words ten wide, five apart."""
    offsets, text = [], ""
    for word in words:
        offsets.append(len(text) + bool(text))
        text += (" " if text else "") + word
    boxes = [(x + 15 * n, y, x + 15 * n + 10, y + 8.0 + n) for n in range(len(words))]
    return Run(text=text, offsets=offsets, boxes=boxes, places=lambda start, end: [(start, end)], page=page)


@pytest.fixture
def layout(drawn):
    first = """
Alpha          Beta       Gamma
one            two
three
"""
    return build_layout(drawn(first, "Delta\nfour"))


def texts(rows):
    return [row.text for row in rows]


boxes = st.tuples(*[st.floats(-1e6, 1e6)] * 4).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


@given(st.lists(boxes, min_size=1, max_size=8))
def test_the_box_around_boxes_holds_each_and_touches_one_on_each_side(some):
    around = enclose(some)
    for box in some:
        assert enclose([around, box]) == around
    assert all(any(box[side] == around[side] for box in some) for side in range(4))


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=6), st.data())
def test_the_box_of_a_stretch_is_that_of_the_words_it_touches(words, data):
    run = run_of(*words)
    start = data.draw(st.integers(0, len(run.text) - 1))
    end = data.draw(st.integers(start + 1, len(run.text)))
    ends = [offset + len(word) for offset, word in zip(run.offsets, words, strict=True)]
    touched = [n for n, offset in enumerate(run.offsets) if offset < end and ends[n] > start]
    around = run.box_of(start, end)
    for n in touched:
        assert enclose([around, run.boxes[n]]) == around, "each word that is touched lies in it"


def test_the_box_of_all_is_the_runs_own_and_its_height_the_tallest_words():
    run = run_of("a", "b", "c")
    assert run.box == run.box_of(0, len(run.text)) == (10.0, 20.0, 50.0, 30.0)
    assert run.height == 10.0


def test_evidence_of_a_run_is_asked_for_its_stretch_and_else_for_all():
    run = run_of("some", "words")
    assert run.evidence() == [(0, 10)]
    assert run.evidence(2, 4) == [(2, 4)]


def test_a_row_is_as_high_as_its_typical_run():
    row = Row([run_of("a"), run_of("a", "b", "c", "d", "e"), run_of("a", "b")])
    assert row.height == 9.0


def test_rows_and_runs_know_their_places(layout):
    assert texts(layout.rows) == ["Alpha   Beta   Gamma", "one   two", "three", "Delta", "four"]
    assert [row.index for row in layout.rows] == [0, 1, 2, 3, 4]
    assert all(run.row == row.index and run.page == row.page for row in layout.rows for run in row.runs)
    assert layout.pages == {1: (0, 3), 2: (3, 5)}
    assert layout.text.splitlines() == texts(layout.rows)


def test_what_is_below_and_above_ends_with_the_page(layout):
    assert texts(layout.below(0, 1)) == ["one   two"]
    assert texts(layout.below(0, 9)) == ["one   two", "three"]
    assert texts(layout.below(2, 9)) == []
    assert texts(layout.above(2, 9)) == ["one   two", "Alpha   Beta   Gamma"]
    assert texts(layout.above(2, 1)) == ["one   two"]
    assert texts(layout.above(3, 9)) == []


def test_what_is_right_of_a_run_stands_in_its_row(layout):
    alpha, beta, gamma = layout.rows[0].runs
    assert layout.right_of(alpha) == [beta, gamma]
    assert layout.right_of(gamma) == []


def test_a_document_without_words_has_a_layout_without_rows():
    empty = Layout([], {})
    assert (empty.text, empty.pages) == ("", {})
