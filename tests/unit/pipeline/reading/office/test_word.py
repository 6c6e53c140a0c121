"""Word files."""

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.office.word import read_word
from pipeline.settings import Reading
from tests.support.blocks import blocks, codes, read, sections
from tests.support.office import changed, saved
from tests.support.pictures import encoded, text_image

DOCUMENT = "word/document.xml"
NAMES = nsdecls("w") + (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def with_body(xml, **parts):
    """A document whose body is this XML."""
    made = docx.Document()
    body = made.element.body
    for element in list(body)[:-1]:
        body.remove(element)
    for element in reversed(list(parse_xml(f"<w:body {NAMES}>{xml}</w:body>"))):
        body.insert(0, element)
    return changed(saved(made), parts)


def paragraph(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_structure_is_kept():
    made = docx.Document()
    made.core_properties.title = "The title"
    made.core_properties.language = "de-CH"
    made.add_heading("Contract", 0)
    made.add_heading("Scope", 2)
    made.add_paragraph("Some ").add_run("bold").bold = True
    made.add_paragraph("first", style="List Bullet")
    made.add_paragraph("one", style="List Number")
    made.add_paragraph("two", style="List Number")
    document = read(read_word, saved(made))
    assert blocks(document) == [
        ("heading", "Contract"),
        ("heading", "Scope"),
        ("paragraph", "Some bold"),
        ("list_item", "first"),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
    ]
    assert sections(document)[-1] == ["Contract", "Scope"]
    assert (document.title, document.language) == ("The title", "de")
    assert set(document.produced_by) == {"python-docx"}


@pytest.mark.parametrize(("text", "code"), [("A caption", "pictures-not-read"), (" ", "only-pictures")])
def test_pictures_are_told_and_more_so_where_they_are_all_there_is(text, code):
    made = docx.Document()
    made.add_paragraph(text)
    for _ in range(2):
        made.add_picture(io.BytesIO(encoded(text_image(["scanned"]), "PNG")))
    document = read(read_word, saved(made))
    assert codes(document) == [code]
    assert document.warnings[0].message.startswith("2 pictures were not read")


def test_an_old_picture_and_a_chart_are_told():
    names = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    drawn = f"<w:p><w:r><w:pict {names}><v:shape><v:imagedata/></v:shape><c:chart/></w:pict></w:r></w:p>"
    document = read(read_word, with_body(paragraph("Sales") + drawn))
    assert [notice.message for notice in document.warnings] == ["1 chart was not read", "1 picture was not read"]
    assert codes(document) == ["charts-not-read", "pictures-not-read"]


def test_a_text_without_drawings_has_no_warnings():
    assert read(read_word, with_body(paragraph("Sales"))).warnings == []


def test_merged_cells_are_one():
    made = docx.Document()
    table = made.add_table(3, 3)
    for at, text in enumerate(["Name", "Net", "Gross", "Tea", "1", "2", "Milk", "3", "4"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 1).merge(table.cell(1, 2))
    found = read(read_word, saved(made)).blocks[0].table
    assert found.grid() == [["Name", "Net", "Gross"], ["Tea Milk", "1 2", ""], ["", "3", "4"]]
    assert found.header_rows == 1
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in found.cells}
    assert spans["Tea Milk"] == (2, 1)
    assert spans["1 2"] == (1, 2)


def test_rows_that_repeat_on_every_page_head_a_table():
    made = docx.Document()
    table = made.add_table(3, 2)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "2024"
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    assert read(read_word, saved(made)).blocks[0].table.header_rows == 2


def test_a_row_may_begin_further_right():
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    rows = f"<w:tr>{cell.format('a')}{cell.format('b')}</w:tr>"
    rows += f"<w:tr><w:trPr><w:gridBefore w:val='1'/></w:trPr>{cell.format('c')}</w:tr>"
    assert read(read_word, with_body(f"<w:tbl>{rows}</w:tbl>")).blocks[0].table.grid() == [["a", "b"], ["", "c"]]


def test_a_table_in_a_cell_is_text_of_the_cell():
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('in')}</w:tc></w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('out')}{inner}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
    assert blocks(read(read_word, with_body(outer))) == [("table", "out in | b")]


def test_headers_and_footers_stand_apart_and_once():
    made = docx.Document()
    made.add_heading("One", 1)
    made.sections[0].header.paragraphs[0].text = "Confidential"
    made.sections[0].footer.paragraphs[0].text = "Page 1"
    made.add_section().header.is_linked_to_previous = False
    made.sections[1].header.paragraphs[0].text = "Confidential"
    document = read(read_word, saved(made))
    assert blocks(document) == [("header", "Confidential"), ("heading", "One"), ("footer", "Page 1")]
    assert sections(document) == [[], [], []]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        ("<w:moveFrom><w:r><w:t>was</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>is</w:t></w:r></w:moveTo>", "is"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>shown</w:t></w:r>", "shown"),
        ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>", "shown"),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:sdt><w:sdtContent><w:r><w:t>field</w:t></w:r></w:sdtContent></w:sdt>", "field"),
        ("<w:fldSimple w:instr='DATE'><w:r><w:t>1 May</w:t></w:r></w:fldSimple>", "1 May"),
        ("<w:r><w:instrText>PAGE</w:instrText><w:t>7</w:t></w:r>", "7"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>", "a\tb\nc-d"),
        ("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", "x=1"),
    ],
)
def test_text_is_read_as_it_is_shown(xml, text):
    assert read(read_word, with_body(f"<w:p>{xml}</w:p>")).text == text


def test_content_controls_around_paragraphs_are_looked_through():
    control = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
    xml = control.format(paragraph("in") + control.format(paragraph("deeper")))
    assert [text for _, text in blocks(read(read_word, with_body(xml)))] == ["in", "deeper"]


def test_text_boxes_follow_their_paragraph_and_count_once():
    box = "<w:txbxContent>{}</w:txbxContent>"
    anchored = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box.format(paragraph('box'))}</mc:Choice>"
        f"<mc:Fallback>{box.format(paragraph('box'))}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    xml = f"<w:p><w:r><w:t>before </w:t></w:r>{anchored}<w:r><w:t>after</w:t></w:r></w:p>{paragraph('next')}"
    assert [text for _, text in blocks(read(read_word, with_body(xml)))] == ["before after", "box", "next"]


def test_an_outline_level_makes_a_heading_and_the_ninth_none():
    xml = paragraph("Part", "<w:outlineLvl w:val='1'/>") + paragraph("text", "<w:outlineLvl w:val='9'/>")
    found = read(read_word, with_body(xml)).blocks
    assert [(block.kind, block.level) for block in found] == [("heading", 2), ("paragraph", None)]


def test_a_paragraph_can_leave_the_list_of_its_style():
    properties = "<w:pStyle w:val='ListNumber'/><w:numPr><w:numId w:val='0'/></w:numPr>"
    assert blocks(read(read_word, with_body(paragraph("text", properties)))) == [("paragraph", "text")]


def test_styles_that_are_based_on_each_other_end():
    def in_a_circle(styles):
        circle = (
            b'<w:style w:type="paragraph" w:styleId="X"><w:name w:val="X"/><w:basedOn w:val="X"/></w:style></w:styles>'
        )
        return styles.replace(b"</w:styles>", circle)

    data = with_body(paragraph("text", "<w:pStyle w:val='X'/>"), **{"word/styles.xml": in_a_circle})
    assert blocks(read(read_word, data)) == [("paragraph", "text")]


@pytest.mark.parametrize(
    "parts",
    [
        {DOCUMENT: None},
        {DOCUMENT: b""},
        {DOCUMENT: b"<w:document"},
        {DOCUMENT: b"<a/>"},
        {DOCUMENT: lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:p>" * 300)},
        {DOCUMENT: lambda xml: xml.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)},
        {"_rels/.rels": None},
        {"[Content_Types].xml": b"<Types/>"},
        {"word/_rels/document.xml.rels": lambda xml: xml.replace(b'Target="styles.xml"', b'Target="nowhere.xml"')},
    ],
)
def test_a_broken_file_is_damaged(parts):
    data = changed(saved(docx.Document()), parts)
    with pytest.raises(DamagedFile):
        read(read_word, data)


def test_a_cut_off_file_is_damaged():
    data = saved(docx.Document())
    for share in (0.1, 0.5, 0.99):
        with pytest.raises(DamagedFile):
            read(read_word, data[: int(len(data) * share)])


def test_a_bomb_is_refused_before_it_is_opened():
    with pytest.raises(LimitExceeded):
        read(read_word, saved(docx.Document()), settings=Reading(max_archive_bytes=1000))


def test_footnotes_come_behind_the_text():
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='-1'>{paragraph('---')}</w:footnote>"
        f"<w:footnote w:id='1'>{paragraph('a note')}</w:footnote></w:footnotes>"
    )

    def related(xml):
        return xml.replace(
            b"</Relationships>",
            f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode(),
        )

    parts = {"word/footnotes.xml": notes.encode(), "word/_rels/document.xml.rels": related}
    document = read(read_word, with_body(paragraph("text"), **parts))
    assert blocks(document) == [("paragraph", "text"), ("paragraph", "a note")]


def test_an_empty_file_is_an_empty_document():
    document = read(read_word, saved(docx.Document()))
    assert (document.text, document.blocks) == ("", [])
