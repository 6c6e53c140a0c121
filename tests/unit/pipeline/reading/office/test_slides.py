"""PowerPoint files."""

import io

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.office.slides import read_slides
from pipeline.settings import Reading
from tests.support.blocks import blocks, codes, read, sections
from tests.support.office import changed, saved
from tests.support.pictures import encoded, text_image

BULLETS, TITLE_ONLY, BLANK = 1, 5, 6


@pytest.fixture
def show():
    return pptx.Presentation()


def slide(show, layout=BLANK):
    return show.slides.add_slide(show.slide_layouts[layout])


def box(shapes, text, top, left=0):
    shapes.add_textbox(Inches(left), Inches(top), Inches(1), Inches(1)).text_frame.text = text


def test_each_slide_is_a_section(show):
    first = slide(show, BULLETS)
    first.shapes.title.text = "Welcome"
    first.placeholders[1].text = "one\ntwo"
    first.notes_slide.notes_text_frame.text = "say hello"
    box(slide(show).shapes, "text", 1)
    document = read(read_slides, saved(show))
    assert blocks(document) == [
        ("heading", "Slide 1: Welcome"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("heading", "Notes"),
        ("paragraph", "say hello"),
        ("heading", "Slide 2"),
        ("paragraph", "text"),
    ]
    assert sections(document)[4] == ["Slide 1: Welcome", "Notes"]
    assert sections(document)[6] == ["Slide 2"]
    assert document.title == "Welcome"
    assert set(document.produced_by) == {"python-pptx"}


def test_shapes_are_read_from_top_to_bottom(show):
    shapes = slide(show).shapes
    box(shapes, "low", 5)
    box(shapes, "right", 1, left=5)
    box(shapes, "left", 1)
    group = shapes.add_group_shape()
    box(group.shapes, "grouped low", 4)
    box(group.shapes, "grouped high", 3)
    assert [text for _, text in blocks(read(read_slides, saved(show)))][1:] == [
        "left",
        "right",
        "grouped high",
        "grouped low",
        "low",
    ]


def test_a_table_is_a_table(show):
    table = slide(show).shapes.add_table(3, 2, 0, 0, Inches(2), Inches(1)).table
    for at, text in enumerate(["Name", "Price", "Tea", "3", "Total 3", ""]):
        table.cell(at // 2, at % 2).text = text
    table.cell(2, 0).merge(table.cell(2, 1))
    found = read(read_slides, saved(show)).blocks[1].table
    assert found.grid() == [["Name", "Price"], ["Tea", "3"], ["Total 3", ""]]
    assert found.header_rows == 1
    assert found.cells[-1].column_span == 2


def test_a_line_break_is_one(show):
    box(slide(show).shapes, "a\vb", 1)
    assert blocks(read(read_slides, saved(show)))[1] == ("paragraph", "a\nb")


def test_hidden_slides_and_charts_are_said(show):
    slide(show)
    slide(show).element.set("show", "0")
    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("s", (1,))
    slide(show).shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(1), Inches(1), data)
    document = read(read_slides, saved(show))
    assert codes(document) == ["hidden-slides", "charts-not-read"]
    assert [notice.message[-1] for notice in document.warnings] == ["2", "3"]


def test_more_slides_than_pages_are_allowed_are_refused(show):
    for _ in range(3):
        slide(show)
    with pytest.raises(LimitExceeded, match="3 slides"):
        read(read_slides, saved(show), settings=Reading(max_pages=2))


@pytest.mark.parametrize(
    "parts",
    [
        {"ppt/presentation.xml": None},
        {"ppt/slides/slide1.xml": b"<p:sld"},
        {"ppt/slides/slide1.xml": None},
        {"ppt/slides/slide1.xml": lambda xml: xml.replace(b"?>", b"?><!DOCTYPE a>", 1)},
        {"ppt/slides/slide1.xml": lambda xml: xml.replace(b"<a:t>text</a:t>", b"")},
        {"ppt/_rels/presentation.xml.rels": None},
    ],
)
def test_a_broken_file_is_damaged(show, parts):
    box(slide(show).shapes, "text", 1)
    with pytest.raises(DamagedFile):
        read(read_slides, changed(saved(show), parts))


@pytest.mark.parametrize(
    ("title", "text", "code"),
    [("", "", "only-pictures"), ("Sales", "", "pictures-not-read"), ("", "grew", "pictures-not-read")],
)
def test_pictures_are_told_and_more_so_where_they_are_all_there_is(show, title, text, code):
    for _ in range(2):
        shown = slide(show, TITLE_ONLY)
        shown.shapes.title.text = title
        shown.shapes.add_picture(io.BytesIO(encoded(text_image(["screenshot"]), "PNG")), 0, 0)
    if text:
        box(shown.shapes, text, 1)
    document = read(read_slides, saved(show))
    assert codes(document) == [code]
    assert document.warnings[0].message.startswith("2 pictures were not read")
