from pipeline.reading.layout.joining import joined, reordered
from pipeline.reading.layout.lines import segments
from tests.support.marks import page, prose


def test_words_that_were_put_on_the_page_one_by_one_become_a_line():
    marks = page((83, 100, "fox"), (50, 100, "quick"), (50, 120, "jumps"), (83, 121, "over"))
    new = joined(segments(marks))
    assert new is not None
    made = reordered(marks, *new)
    assert made.text == ["quick", "fox", "jumps", "over"]
    assert made.line.tolist() == [0, 0, 1, 1]


def test_a_raised_figure_joins_the_word_before_it():
    marks = page((50, 100, "cases"), (81, 97, "1"))
    new = joined(segments(marks))
    assert new is not None
    assert new[1].tolist() == [0, 0]


def test_columns_are_not_joined():
    assert joined(segments(page(*prose(50, 100, 4), *prose(320, 100, 4)))) is None


def test_the_boxes_and_all_else_go_with_the_words():
    marks = page((83, 100, "fox"), (50, 100, "quick"), bold=("fox",), sizes={"fox": 11.0})
    new = joined(segments(marks))
    assert new is not None
    made = reordered(marks, *new)
    assert made.boxes[:, 0].tolist() == [50, 83]
    assert made.bold.tolist() == [False, True]
    assert made.size.tolist() == [10, 11]
