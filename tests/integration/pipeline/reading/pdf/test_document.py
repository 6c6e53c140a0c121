import pymupdf
import pytest

from pipeline.errors import DamagedFile, LimitExceeded, NoPages
from pipeline.reading.options import ReadingOptions
from pipeline.reading.pdf.document import read_pdf
from pipeline.settings import Reading
from tests.support.pictures import RECEIPT, encoded, text_image


@pytest.fixture
def read(tmp_path):
    """Reads a PDF that was made in memory; notes the progress."""
    shares: list[float] = []

    def read_document(document: pymupdf.Document | bytes, **settings: object):
        path = tmp_path / "made.pdf"
        path.write_bytes(document if isinstance(document, bytes) else document.tobytes())
        options = ReadingOptions(name="made.pdf", media_type="application/pdf", settings=Reading(**settings))
        with path.open("rb") as source:
            return read_pdf(source, options, shares.append)

    read_document.shares = shares
    return read_document


def texts(page):
    return [" ".join(page.words.text[block.start : block.stop]) for block in page.blocks]


def article(pages: int = 1) -> pymupdf.Document:
    """Pages with a heading, two paragraphs, and a number at the foot."""
    document = pymupdf.open()
    for number in range(1, pages + 1):
        page = document.new_page(width=595, height=842)
        page.insert_text((72, 90), f"Chapter {number}", fontsize=18, fontname="hebo")
        for top in (120, 200):
            for row in range(4):
                page.insert_text(
                    (72, top + 13 * row), "Some ordinary words that fill the line of a paragraph", fontsize=10
                )
        page.insert_text((295, 815), str(number), fontsize=9)
    return document


def invoice() -> pymupdf.Document:
    """An invoice with rules around its line items."""
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_text((60, 80), "Invoice", fontsize=20, fontname="hebo")
    for row, cells in enumerate(ITEMS):
        for x, cell in zip((64, 304, 384, 464), cells, strict=True):
            page.insert_text((x, 214 + 20 * row), cell, fontsize=10)
    for y in range(200, 200 + 20 * (len(ITEMS) + 1), 20):
        page.draw_line((60, y), (540, y))
    for x in (60, 300, 380, 460, 540):
        page.draw_line((x, 200), (x, 200 + 20 * len(ITEMS)))
    return document


ITEMS = [
    ["Description", "Quantity", "Unit price", "Amount"],
    ["Consulting services", "4", "95.00", "380.00"],
    ["Travel", "1", "42.50", "42.50"],
]


def test_a_page_is_read_into_words_headings_and_paragraphs(read):
    document = read(article())
    [page] = document.pages
    assert [(block.kind, block.level) for block in page.blocks] == [
        ("heading", 1),
        ("paragraph", None),
        ("paragraph", None),
        ("footer", None),
    ]
    assert texts(page)[0] == "Chapter 1"
    assert (page.width, page.height, page.source, page.problem) == (595, 842, "text", None)
    assert document.produced_by.keys() == {"pymupdf"}


def test_line_items_come_out_as_a_table_with_a_header_row(read):
    [page] = read(invoice()).pages
    [table] = [block.table for block in page.blocks if block.table]
    assert table.grid() == ITEMS
    assert table.header_rows == 1


def test_a_turned_page_is_read_as_displayed(read):
    document = pymupdf.open()
    page = document.new_page(width=842, height=595)
    page.insert_text((100, 100), "Upper left", fontsize=20)
    page.set_rotation(180)
    [made] = read(document).pages
    assert (made.rotation, made.width, made.height) == (180, 842, 595)
    assert made.words.x0[0] > 0.5
    assert made.words.y0[0] > 0.5


def test_text_set_sideways_is_read_in_its_own_direction(read):
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    for row in range(4):
        page.insert_text((100 + 14 * row, 700), f"Line {row} runs upwards here", fontsize=10, rotate=90)
    [made] = read(document).pages
    assert " ".join(made.words.text).startswith("Line 0 runs upwards here Line 1 runs")


def test_a_scanned_page_is_read_by_ocr_and_others_by_their_text(read):
    document = article()
    scan = document.new_page(width=350, height=210)
    scan.insert_image(scan.rect, stream=encoded(text_image(), "PNG"))
    made = read(document)
    assert [page.source for page in made.pages] == ["text", "ocr"]
    assert made.pages[1].words.text == " ".join(RECEIPT).split()
    assert min(made.pages[1].words.confidence) > 0.5
    assert "rapidocr" in made.produced_by


def test_ocr_boxes_are_fractions_of_the_page(read):
    document = pymupdf.open()
    page = document.new_page(width=700, height=420)
    page.insert_image(page.rect, stream=encoded(text_image(), "PNG"))
    [made] = read(document).pages
    x0, y0, x1, y1 = made.words.box(made.words.text.index("CORNER"))
    assert (x0, y0) == pytest.approx((60 / 700, 60 / 420), abs=0.03)
    assert y1 < 100 / 420
    assert x0 < x1 < 0.5


def test_a_blank_page_is_no_problem(read):
    document = article()
    document.new_page()
    page = read(document).pages[1]
    assert (page.source, page.problem, page.blocks) == ("none", None, [])


@pytest.mark.parametrize("broken", ["null", "<</Type/Page/MediaBox[0 0 99 99]/Parent 2 0 R/Contents 999 0 R>>"])
def test_a_broken_page_says_so_and_the_others_are_read(read, broken):
    document = pymupdf.open(stream=article(3).tobytes())
    document.update_object(document.page_xref(1), broken)
    made = read(document)
    assert [bool(page.problem) for page in made.pages] == [False, True, False]
    assert [len(page.words) > 50 for page in made.pages] == [True, False, True]


def damaged(junk: bytes) -> pymupdf.Document:
    """Two pages, the second with junk behind its text."""
    document = pymupdf.open(stream=article(2).tobytes())
    document[1].clean_contents()
    [contents] = document[1].get_contents()
    document.update_stream(contents, document.xref_stream(contents) + junk)
    return document


def test_a_page_that_breaks_off_keeps_its_words_but_does_not_count_as_read(read):
    made = read(damaged(b" x y z q\n" * 300))
    assert made.pages_failed == [2]
    assert len(made.pages[1].words) > 50


def test_a_page_with_errors_that_was_read_to_its_end_is_warned_of(read):
    made = read(damaged(b" (((("))
    assert made.pages_failed == []
    assert [(notice.code, notice.where) for notice in made.warnings] == [("page-damaged", "page 2")]


def test_progress_grows_page_by_page_to_the_whole(read):
    read(article(4))
    assert read.shares == [0.25, 0.5, 0.75, 1.0]


def test_more_pages_than_the_limit_are_refused(read):
    with pytest.raises(LimitExceeded, match="4 pages; the limit is 3"):
        read(article(4), max_pages=3)


def test_a_document_without_pages_is_refused(read):
    empty = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n"
    )
    with pytest.raises(NoPages):
        read(empty)


def test_junk_is_refused_as_damaged(read):
    with pytest.raises((DamagedFile, NoPages)):
        read(b"%PDF-1.7\n" + b"junk " * 500)


def test_a_page_of_absurd_shape_is_read(read):
    document = pymupdf.open()
    page = document.new_page(width=14_000, height=3)
    page.insert_image(page.rect, stream=encoded(text_image(), "PNG"), keep_proportion=False)
    [made] = read(document).pages
    assert (made.problem, made.source) == (None, "none")


def test_text_whose_characters_mean_nothing_is_read_by_its_looks(read):
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    font = page.insert_font(fontname="F0", fontbuffer=pymupdf.Font("tiro").buffer)
    page.insert_text((40, 80), "Hidden meaning", fontname="F0", fontsize=24)
    document.xref_set_key(font, "ToUnicode", "null")
    [made] = read(document).pages
    assert (made.source, made.words.text, made.problem) == ("ocr", ["Hidden", "meaning"], None)


def test_running_heads_are_told_from_text_over_several_pages(read):
    document = article(4)
    for page in document:
        page.insert_text((72, 40), "Annual report of the mill", fontsize=9)
    made = read(document)
    assert [page.blocks[0].kind for page in made.pages] == ["header"] * 4


def test_a_footer_that_is_a_picture_is_read_with_the_text(read):
    document = article()
    footer = encoded(text_image(["Acme Trading Limited", "1 Quay Street, Elmsford"], width=1400, size=40), "PNG")
    document[0].insert_image(pymupdf.Rect(60, 690, 520, 780), stream=footer)
    made = read(document)
    page = made.pages[0]
    assert page.source == "text"
    assert "Acme Trading Limited" in " ".join(page.words.text)
    place = page.words.text.index("Trading")
    assert 690 / 842 < page.words.y0[place] < page.words.y1[place] < 780 / 842
    assert page.words.confidence[page.words.text.index("ordinary")] == 1.0
    assert "rapidocr" in made.produced_by
