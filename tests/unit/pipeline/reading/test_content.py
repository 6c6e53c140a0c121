import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.reading.content import as_markdown, as_text, escaped, sheet_table
from schemas.documents import (
    Block,
    Cell,
    Document,
    Page,
    Segment,
    Sheet,
    SheetCell,
    Table,
    TextBlock,
    Words,
)

BOX = (0.0, 0.0, 1.0, 1.0)


def pages(*blocks: tuple[str, str, int | None], table: Table | None = None) -> Document:
    """A page with blocks of a kind, a text and a level; the last is the table where one is given."""
    words = Words()
    made = []
    for number, (kind, text, level) in enumerate(blocks):
        start = len(words.text)
        for word in text.split():
            words.text.append(word)
            words.line.append(number)
            for edge in (words.x0, words.y0, words.x1, words.y1):
                edge.append(0.5)
        made.append(Block(kind=kind, start=start, stop=len(words.text), box=BOX, level=level))
    if table:
        made.append(Block(kind="table", start=len(words.text), stop=len(words.text), box=BOX, table=table))
    page = Page(number=1, width=600, height=800, source="text", words=words, blocks=made)
    return Document(shape="pages", media_type="application/pdf", pages=[page])


TABLE = Table(
    rows=2,
    columns=2,
    header_rows=1,
    cells=[
        Cell(row=0, column=0, text="Article"),
        Cell(row=0, column=1, text="Price"),
        Cell(row=1, column=0, text="a|b"),
        Cell(row=1, column=1, text="1.50"),
    ],
)


def test_headings_paragraphs_and_lists_become_markdown():
    document = pages(
        ("heading", "Report", 1),
        ("paragraph", "Some text.", None),
        ("list_item", "• one", None),
        ("list_item", "2. two", None),
    )
    assert as_markdown(document) == "# Report\n\nSome text.\n\n- one\n2. two\n"


def test_a_table_becomes_a_table_of_pipes_and_its_own_pipes_are_escaped():
    assert as_markdown(pages(table=TABLE)) == "| Article | Price |\n| --- | --- |\n| a\\|b | 1.50 |\n"


def test_a_table_without_a_header_gets_an_empty_one():
    table = TABLE.model_copy(update={"header_rows": 0})
    assert as_markdown(pages(table=table)).splitlines()[:3] == ["|  |  |", "| --- | --- |", "| Article | Price |"]


def test_running_headers_are_left_out_of_markdown_but_not_of_text():
    document = pages(("header", "Annual report", None), ("paragraph", "Some text.", None))
    assert as_markdown(document) == "Some text.\n"
    assert as_text(document) == "Annual report\n\nSome text."


def test_text_has_tabs_between_cells():
    assert as_text(pages(table=TABLE)) == "Article\tPrice\na|b\t1.50"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](http://host/pixel)", "![x\\](http://host/pixel)"),
        ("# no heading", "\\# no heading"),
        ("- no item", "\\- no item"),
        ("1. no item", "1\\. no item"),
        ("12) no item", "12\\) no item"),
        ("> no quotation", "&gt; no quotation"),
        ("a *b* _c_ `d` ~~e~~", "a \\*b\\* \\_c\\_ \\`d\\` \\~\\~e\\~\\~"),
        ("AT&T &amp; &#60;", "AT&T &amp;amp; &amp;#60;"),
        ("back\\slash", "back\\\\slash"),
        ("2026-03-12 costs 1.50", "2026-03-12 costs 1.50"),
        ("as in [9] and x_y, 2 * 3, #4", "as in [9] and x_y, 2 * 3, #4"),
        ("-5 °C", "-5 °C"),
        ("[9]: http://host", "[9\\]: http://host"),
        ("[x] done", "\\[x] done"),
    ],
)
def test_nothing_a_document_says_is_markup(text, safe):
    assert escaped(text) == safe


def test_an_escaped_text_reads_as_it_was_when_rendered():
    text = "1. a <b> & *c* _d_ `e` [f](g) | h ~ \\ # &lt;"
    rendered = MarkdownIt("commonmark").render(escaped(text))
    assert rendered == "<p>1. a &lt;b&gt; &amp; *c* _d_ `e` [f](g) | h ~ \\ # &amp;lt;</p>\n"


@given(st.text(alphabet="*_`[]()!#+-=.:~|<>&;\\^ x1\"'", min_size=1, max_size=40).filter(str.strip))
def test_whatever_signs_a_line_holds_it_reads_as_it_is(text):
    line = " ".join(text.split())
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(escaped(line))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text"}
    assert "".join(child.content for child in children) == line


def test_what_stands_over_several_columns_names_each_of_them():
    cells = [
        Cell(row=0, column=0, text="Year"),
        Cell(row=0, column=1, column_span=2, text="Sales"),
        Cell(row=1, column=1, text="home"),
        Cell(row=1, column=2, text="abroad"),
        Cell(row=2, column=0, text="# 1"),
    ]
    table = Table(rows=3, columns=3, header_rows=2, cells=cells)
    rows = ["| Year | Sales home | Sales abroad |", "| --- | --- | --- |", "| # 1 |  |  |", ""]
    assert as_markdown(pages(table=table)) == "\n".join(rows)


def test_a_text_alone_below_the_names_of_columns_names_the_rows_below_it():
    cells = [
        *(Cell(row=0, column=n, text=text) for n, text in enumerate("AB")),
        Cell(row=1, column=0, text="first part"),
    ]
    table = Table(rows=3, columns=2, header_rows=2, cells=[*cells, Cell(row=2, column=1, text="1")])
    assert as_markdown(pages(table=table)) == "| A | B |\n| --- | --- |\n| first part |  |\n|  | 1 |\n"


def test_code_is_fenced_by_more_backticks_than_it_holds():
    text = "````\ncode\n````"
    document = Document(
        shape="text", media_type="text/markdown", text=text, blocks=[TextBlock(kind="code", start=0, stop=len(text))]
    )
    assert as_markdown(document) == f"`````\n{text}\n`````\n"


def test_the_text_of_a_document_without_pages_is_its_content_text():
    document = Document(
        shape="text", media_type="text/plain", text="a\n\nb", blocks=[TextBlock(kind="paragraph", start=0, stop=1)]
    )
    assert as_text(document) == "a\n\nb"


def test_a_quotation_keeps_its_mark():
    document = Document(
        shape="text", media_type="text/html", text="so it is", blocks=[TextBlock(kind="quote", start=0, stop=8)]
    )
    assert as_markdown(document) == "> so it is\n"


def test_a_workbook_is_a_table_for_each_sheet():
    cells = [SheetCell(row=3, column=1, ref="B4", text="Name"), SheetCell(row=5, column=4, ref="E6", text="7")]
    document = Document(shape="sheets", media_type="x", sheets=[Sheet(name="Data", cells=cells)])
    assert as_markdown(document) == "## Data\n\n|  |  |\n| --- | --- |\n| Name |  |\n|  | 7 |\n"
    assert as_text(document) == "Data\nName\n\t7"


def test_an_empty_sheet_is_an_empty_table():
    assert sheet_table(Sheet(name="Empty", cells=[])).cells == []


def test_speech_is_told_with_its_times():
    segments = [
        Segment(start=0, end=2, text="Good morning."),
        Segment(start=3725.2, end=3727, text="Bye.", speaker="Ann"),
    ]
    document = Document(shape="segments", media_type="audio/wav", segments=segments)
    assert as_markdown(document) == "\\[0:00\\] Good morning.\n\n\\[1:02:05\\] Ann: Bye.\n"
    assert as_text(document) == "Good morning.\n\nAnn: Bye."


def test_a_document_that_holds_nothing_gives_nothing():
    assert as_markdown(pages()) == ""
    assert as_text(pages()) == ""
