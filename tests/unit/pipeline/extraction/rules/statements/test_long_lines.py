"""A line of any length is read in a time that grows with its length: the square of these would take minutes."""

from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.rules.addresses import address_part
from pipeline.extraction.rules.statements.columns import figures_of
from pipeline.extraction.rules.statements.lines import label_words
from pipeline.extraction.values.locale import Locale

LONG = 100_000


def _run(text):
    return Run(text, [0], [(0, 0, 9, 9)], lambda *_: [], 1)


def test_figures_begin_behind_the_last_word_of_a_long_line():
    text = "1 " * LONG + "km 7 x 8"
    assert [figure.number.value for figure in figures_of(Row([_run(text)]), Locale())] == [7, 8]


def test_figures_of_a_line_without_a_word_are_all_kept():
    assert len(figures_of(Row([_run("5 6 7")]), Locale())) == 3


def test_remarks_left_open_are_words_of_a_label():
    text = "Sales (net) [3] " + "([" * LONG
    assert label_words([(_run(text), 0, len(text))]) == ("sales",)


def test_a_town_behind_a_long_run_of_blanks_is_none():
    run = _run("20999 A" + " " * LONG + "1")
    assert address_part([(run, 0, len(run.text))], "city") is None
