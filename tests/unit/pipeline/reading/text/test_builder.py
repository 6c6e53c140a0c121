"""The content text and the places of its blocks."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading.text.builder import LOWEST_LEVEL, TITLE_CHARACTERS, TextBuilder, cleaned, one_line, table_text
from pipeline.reading.text.grid import table_of
from tests.support.blocks import blocks, check, sections


def built(builder):
    document = builder.document("text/plain", produced_by={})
    check(document)
    return document


def test_blocks_stand_apart_by_an_empty_line():
    builder = TextBuilder()
    builder.add("paragraph", "\n  one  \n")
    builder.add("paragraph", " \n ")
    builder.add("quote", "two")
    document = built(builder)
    assert document.text == "  one\n\ntwo"
    assert blocks(document) == [("paragraph", "  one"), ("quote", "two")]


def test_items_of_a_list_stand_on_lines_of_their_own():
    builder = TextBuilder()
    for kind, text in (("paragraph", "a"), ("list_item", "b"), ("list_item", "c"), ("paragraph", "d")):
        builder.add(kind, text)
    assert built(builder).text == "a\n\nb\nc\n\nd"


def test_blocks_know_the_headings_above_them():
    builder = TextBuilder()
    for level, title in ((1, "A"), (2, "A.1"), (2, "A.2"), (1, "B"), (3, "B.0.1")):
        builder.heading(title, level)
        builder.add("paragraph", f"below {title}")
    assert sections(built(builder)) == [
        [],
        ["A"],
        ["A"],
        ["A", "A.1"],
        ["A"],
        ["A", "A.2"],
        [],
        ["B"],
        ["B"],
        ["B", "B.0.1"],
    ]


def test_sections_can_be_left():
    builder = TextBuilder()
    builder.heading("A", 1)
    builder.leave_sections()
    builder.add("footer", "page 1")
    assert sections(built(builder)) == [[], []]


def test_the_first_heading_of_the_first_level_is_the_title():
    builder = TextBuilder()
    builder.heading("below", 2)
    builder.heading("the\ntitle", 1)
    builder.heading("another", 1)
    assert built(builder).title == "the title"
    assert builder.document("x", title=" given ", produced_by={}).title == "given"


def test_levels_that_there_are_not_become_the_nearest():
    builder = TextBuilder()
    builder.heading("a", 0)
    builder.heading("b", 99)
    assert [block.level for block in built(builder).blocks] == [1, LOWEST_LEVEL]


def test_a_heading_of_any_length_names_a_section_briefly():
    builder = TextBuilder()
    builder.heading("x" * 5000, 1)
    builder.add("paragraph", "text")
    document = built(builder)
    assert len(document.text) > 5000
    assert len(document.blocks[1].section[0]) == TITLE_CHARACTERS


def test_a_table_stands_in_the_text_row_by_row():
    table = table_of([["Name", "Price"], ["", ""], ["Tea", ""], ["", "3"]], header_rows=1)
    assert table_text(table) == "Name | Price\nTea\n3"
    builder = TextBuilder()
    builder.table(table)
    document = built(builder)
    assert document.blocks[0].table == table
    assert document.text == "Name | Price\nTea\n3"


def test_progress_follows_the_text():
    told = []
    builder = TextBuilder(told.append, expected=10_000)
    for _ in range(3000):
        builder.add("paragraph", "x")
    assert len(told) == 3
    assert 0 < told[0] < told[-1] < 1


@given(st.text())
def test_cleaned_text_has_one_kind_of_line_end_and_fits_into_utf8(text):
    clean = cleaned(text)
    assert not set(clean) & set("\r\x00\x0b\x0c\u2028")
    assert clean.encode().decode() == clean
    assert cleaned(clean) == clean


def test_one_line_is_one_line():
    assert one_line(" a\r\n\tb\u00a0 c\x00 ") == "a b c"
    assert one_line("\ud800x") == "x"
