"""What stands in WordprocessingML, with all changes accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.reading.office.wordml import (
    CELL,
    PARAGRAPH,
    TABLE,
    TEXT_BOX,
    W,
    children,
    descendants,
    is_on,
    number,
    setting,
    text_of,
)

NAMES = (
    f'xmlns:w="{W[1:-1]}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def xml(inside, tag="w:p"):
    return etree.fromstring(f"<{tag} {NAMES}>{inside}</{tag}>")


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (run("a") + run("b"), "ab"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a\tb\nc"),
        ("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>", "co-op"),
        (f"<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        (f"<w:moveFrom>{run('here')}</w:moveFrom><w:moveTo>{run('there')}</w:moveTo>", "there"),
        (f"<w:hyperlink>{run('link')}</w:hyperlink><w:smartTag>{run('!')}</w:smartTag>", "link!"),
        (f"<w:sdt><w:sdtContent>{run('control')}</w:sdtContent></w:sdt>", "control"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>" + run("shown"), "shown"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>', "shown"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r>" + run("7"), "7"),
        ("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", "x=1"),
        (
            f"<mc:Choice>{run('new')}</mc:Choice><mc:Fallback>{run('old')}</mc:Fallback>",
            "new",
        ),
        (f"<w:r><w:pict><w:txbxContent><w:p>{run('box')}</w:p></w:txbxContent></w:pict></w:r>" + run("text"), "text"),
        ("", ""),
    ],
)
def test_the_text_is_what_a_reader_sees(inside, text):
    assert text_of(xml(inside)) == text


def test_children_are_found_through_controls_and_insertions_and_no_deeper():
    body = xml(
        "<w:p/><w:sdt><w:sdtContent><w:p/><w:ins><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:ins>"
        "</w:sdtContent></w:sdt><w:del><w:p/></w:del>",
        "w:body",
    )
    assert [child.tag for child in children(body, PARAGRAPH, TABLE)] == [PARAGRAPH, PARAGRAPH, TABLE]


@pytest.mark.parametrize(("nested", "count"), [(False, 1), (True, 2)])
def test_elements_inside_one_another_are_found_on_demand(nested, count):
    inner = f"<w:txbxContent><w:p>{run('inner')}</w:p></w:txbxContent>"
    outer = xml(f"<w:txbxContent><w:p>{inner}</w:p></w:txbxContent>")
    assert len(list(descendants(outer, TEXT_BOX, nested=nested))) == count


def test_what_was_deleted_holds_nothing():
    element = xml("<w:del><w:tc/></w:del><w:ins><w:tc/></w:ins>")
    [found] = descendants(element, CELL, nested=True)
    assert found.getparent().tag == f"{W}ins"


def test_a_setting_is_its_value_nothing_or_not_there():
    element = xml('<w:pPr><w:outlineLvl w:val="2"/><w:keepNext/></w:pPr>')
    assert setting(element, "pPr", "outlineLvl") == "2"
    assert setting(element, "pPr", "keepNext") == ""
    assert setting(element, "pPr", "jc") is None
    assert setting(element, "rPr", "vanish") is None


@pytest.mark.parametrize(
    ("value", "on"),
    [(None, False), ("", True), ("1", True), ("true", True), ("0", False), ("false", False), ("off", False)],
)
def test_a_switch_is_on_unless_it_says_otherwise(value, on):
    assert is_on(value) is on


@pytest.mark.parametrize("value", [None, "", "x", "1.5", "1" * 10, "²", "-", "0x10"])
def test_what_is_no_whole_number_is_none(value):
    assert number(value) is None


@given(st.integers(-99_999_999, 999_999_999))
def test_a_whole_number_is_read(value):
    assert number(str(value)) == value


def test_deep_nesting_needs_no_deep_stack():
    depth = 2_000  # the XML library takes little more, told to take much
    nested = "<w:ins>" * depth + run("deep") + "</w:ins>" * depth
    element = etree.fromstring(f"<w:p {NAMES}>{nested}</w:p>", etree.XMLParser(huge_tree=True))
    assert text_of(element) == "deep"
    assert list(children(element, TABLE)) == []
