"""Markdown without its marks."""

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text.markdown import MAX_NESTING, read_markdown
from tests.support.blocks import blocks, read, sections


def test_structure_is_kept():
    document = read(
        read_markdown,
        "# One *day*\n\npara\ngoes on  \nbreaks\n\n> said\n\n## Two\n- a\n- b\n\n```py\n  x\n```\n\n    y\n",
    )
    assert blocks(document) == [
        ("heading", "One day"),
        ("paragraph", "para\ngoes on\nbreaks"),
        ("quote", "said"),
        ("heading", "Two"),
        ("list_item", "a"),
        ("list_item", "b"),
        ("code", "  x"),
        ("code", "y"),
    ]
    assert sections(document)[-1] == ["One day", "Two"]
    assert document.title == "One day"


def test_inline_marks_are_gone_and_their_text_stays():
    assert read(read_markdown, r"a **b** ~~c~~ `d*e` [f](http://x/ 'g') ![h](i) \*j\* &amp; <br>k").text == (
        "a b c d*e f h *j* & \nk"
    )


def test_ordered_lists_keep_their_numbers():
    assert read(read_markdown, "3. a\n4. b\n   - c\n\n   more").text == "3. a\n4. b\nc\nmore"


def test_a_table_is_a_table():
    document = read(read_markdown, "| Name | Price |\n|---|--:|\n| *Tea* | 3 |\n| Milk |\n\nafter")
    table = document.blocks[0].table
    assert table.grid() == [["Name", "Price"], ["Tea", "3"], ["Milk", ""]]
    assert table.header_rows == 1
    assert blocks(document)[1] == ("paragraph", "after")


def test_html_in_it_is_read_as_html():
    document = read(
        read_markdown, "text <b>bold</b>\n\n<div hidden>SECRET</div>\n\n<p>shown</p>\n\n<script>SECRET</script>"
    )
    assert [text for _, text in blocks(document)] == ["text bold", "shown"]


def test_front_matter_is_kept_as_it_is():
    document = read(read_markdown, "---\ntitle: x\n---\n# Real\n")
    assert blocks(document) == [("code", "title: x"), ("heading", "Real")]


def test_a_rule_at_the_beginning_is_no_front_matter():
    assert blocks(read(read_markdown, "---\n\ntext")) == [("paragraph", "text")]


@pytest.mark.parametrize("mark", ["> ", "- ", "1. "])
def test_too_deep_a_file_is_refused_and_not_cut(mark):
    assert read(read_markdown, "> " * (MAX_NESTING // 2) + "deep").text == "deep"
    with pytest.raises(LimitExceeded, match="nested"):
        read(read_markdown, mark * (MAX_NESTING + 1) + "deep")
