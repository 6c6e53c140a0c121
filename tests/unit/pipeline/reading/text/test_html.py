"""HTML as it is shown."""

import pytest

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.text.html import read_html
from tests.support.blocks import blocks, codes, read, sections


def texts(markup):
    return [text for _, text in blocks(read(read_html, markup))]


def test_structure_is_kept():
    document = read(
        read_html,
        "<html lang=en-GB><head><title> The  page </title></head><body><h1>One</h1><p>para<h2>Two</h2>"
        "<ul><li>a<li>b</ul><blockquote>said</blockquote><pre>  x\n    y</pre></body></html>",
    )
    assert blocks(document) == [
        ("heading", "One"),
        ("paragraph", "para"),
        ("heading", "Two"),
        ("list_item", "a"),
        ("list_item", "b"),
        ("quote", "said"),
        ("code", "  x\n    y"),
    ]
    assert sections(document)[-1] == ["One", "Two"]
    assert (document.title, document.language) == ("The page", "en")


def test_inline_marks_do_not_part_words():
    assert texts("<p>un<b>believ</b>able <i>news</i>,\n  really</p>") == ["unbelievable news, really"]


def test_a_line_break_is_one():
    assert texts("<p>a<br>b") == ["a\nb"]


def test_text_between_blocks_is_a_paragraph():
    assert texts("before<div>in</div>after") == ["before", "in", "after"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>SECRET</script>",
        "<style>SECRET</style>",
        "<template><p>SECRET</p></template>",
        "<noscript>SECRET</noscript>",
        "<!-- SECRET -->",
        "<p hidden>SECRET</p>",
        "<span style='color: red; DISPLAY : none'>SECRET</span>",
        "<div style='visibility:hidden'><p>SECRET</p></div>",
        "<svg><text>SECRET</text></svg>",
        "<table><tr><td>a</td><td style='display:none'>SECRET</td><td>b</td></tr></table>",
        "<table><tr hidden><td>SECRET</td><td>b</td></tr><tr><td>a</td><td>b</td></tr></table>",
    ],
)
def test_what_is_not_shown_is_not_read(hidden):
    document = read(read_html, f"<p>before</p>{hidden} after")
    assert "SECRET" not in document.text
    assert document.text.endswith("after")


def test_ordered_lists_are_numbered():
    assert texts("<ol start=3><li>a<li value=7>b<li>c</ol><ol><li>d</ol>") == ["3. a", "7. b", "8. c", "1. d"]


def test_a_list_in_a_list_counts_for_itself():
    assert texts("<ol><li>a<ol><li>x<li>y</ol><li>b</ol>") == ["1. a", "1. x", "2. y", "2. b"]


def test_a_table_of_values_is_a_table():
    document = read(
        read_html,
        "<table><caption>List</caption><thead><tr><th>Name<th>Price</thead>"
        "<tr><td>Green<br>tea<td>3.00<tr><td colspan=2>Total <b>3</b>.00</table>",
    )
    table = document.blocks[-1].table
    assert table.grid() == [["Name", "Price"], ["Green tea", "3.00"], ["Total 3.00", ""]]
    assert table.header_rows == 1
    assert table.cells[-1].column_span == 2


def test_rows_of_headings_head_a_table():
    document = read(read_html, "<table><tr><th>a<th>b<tr><th>row<td>1</table>")
    assert document.blocks[0].table.header_rows == 1


def test_a_table_that_lays_out_a_page_is_taken_apart():
    document = read(
        read_html,
        "<table><tr><td><h2>News</h2><p>text</p></td><td>"
        "<table><tr><td>Total</td><td>12.00</td></tr></table></td></tr></table>",
    )
    assert blocks(document) == [("heading", "News"), ("paragraph", "text"), ("table", "Total | 12.00")]


def test_a_table_of_one_column_is_paragraphs():
    assert blocks(read(read_html, "<table><tr><td>a<tr><td>b</table>")) == [("paragraph", "a"), ("paragraph", "b")]


def test_navigation_and_footers_are_marked():
    assert blocks(read(read_html, "<nav>Home</nav><p>text</p><footer>2024</footer>")) == [
        ("header", "Home"),
        ("paragraph", "text"),
        ("footer", "2024"),
    ]


def test_the_declared_character_set_is_used():
    markup = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>Привет'
    assert texts(markup.encode("cp1251")) == ["Привет"]
    document = read(read_html, "<p>Größe".encode("cp1252"))
    assert codes(document) == ["encoding-guessed"]


def test_characters_are_resolved_and_nothing_else():
    assert texts("<p>&euro;&nbsp;1 &amp; &lt;b&gt;") == ["€ 1 & <b>"]
    declared = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "expanded">]>'
    assert "&x; &y;" in texts(f"{declared}<p>&x; &y;")[-1]


def test_broken_markup_is_repaired():
    assert texts("<p>a<p>b</div></b><td>c<p <p>d") == ["a", "b", "c", "d"]


def test_spans_are_bounded():
    with pytest.raises(LimitExceeded):
        read(read_html, "<table><tr><td>a<td colspan=999999>b<td>c</table>")


def test_too_deep_a_page_is_refused_and_not_cut():
    assert texts("<div>" * 500 + "deep") == ["deep"]
    with pytest.raises(LimitExceeded, match="nested"):
        read(read_html, "<div>" * 100_000 + "deep")


@pytest.mark.parametrize("markup", ["", " \n", "<!-- only this -->"])
def test_a_file_without_html_is_damaged(markup):
    with pytest.raises(DamagedFile):
        read(read_html, markup)
