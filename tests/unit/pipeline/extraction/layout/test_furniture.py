"""Running heads and feet are told from content."""

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.layout.furniture import furniture


def _furniture(document):
    layout = build_layout(document)
    return [layout.rows[index].text for index in sorted(furniture(layout))]


def test_what_every_page_repeats_is_furniture_whatever_its_page_number(drawn):
    pages = [
        f"Acme Ltd, register 999321\nbody {name}\nAcme Ltd, page {number} of 3" for number, name in enumerate("abc", 1)
    ]
    assert len(_furniture(drawn(*pages))) == 6


def test_a_lone_page_number_is_furniture_on_a_single_page_too(drawn):
    assert _furniture(drawn("body\nPage 1 of 1")) == ["Page 1 of 1"]


def test_rows_of_a_table_that_differ_in_digits_only_are_content(drawn):
    pages = [f"Widget {100 + n}   {n + 3}   9.90\nmore text of page {name}" for n, name in enumerate("abc")]
    assert _furniture(drawn(*pages)) == []


def test_a_row_with_an_amount_is_content_even_if_the_next_page_has_the_same(drawn):
    assert _furniture(drawn("first of two\nTotal   69.30", "second of two\nTotal   69.30")) == []
