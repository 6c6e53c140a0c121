"""What a PDF carries for machines, and where it is looked for."""

from dataclasses import replace

import numpy as np
import pymupdf
import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.layout.marks import Marks
from pipeline.reading.options import ReadingOptions
from pipeline.reading.pdf import attachments as pdf_attachments
from pipeline.reading.pdf import embedded
from pipeline.reading.pdf.attachments import MAX_ATTACHMENTS, attachments, xmp_metadata
from pipeline.reading.pdf.document import read_pdf
from pipeline.reading.pdf.embedded import may_hold_code
from pipeline.reading.pdf.mupdf import Pdf
from pipeline.settings import Reading
from tests.support.einvoices import EPC_LINES, SWISS_LINES, XMP, cii, einvoice_pdf, qr_bitmap


@pytest.fixture
def opened(tmp_path):
    def open_pdf(content: bytes) -> Pdf:
        path = tmp_path / "made.pdf"
        path.write_bytes(content)
        with path.open("rb") as source:
            return Pdf(source)

    return open_pdf


@pytest.fixture
def read(tmp_path):
    def read_document(content: bytes, **settings: object):
        path = tmp_path / "made.pdf"
        path.write_bytes(content)
        options = ReadingOptions(name="made.pdf", media_type="application/pdf", settings=Reading(**settings))
        with path.open("rb") as source:
            return read_pdf(source, options, lambda _: None)

    return read_document


def test_attached_xml_is_taken_whatever_its_name(opened):
    pdf = opened(einvoice_pdf(("factur-x.xml", cii()), ("notes.txt", b"notes"), ("b.dat", b"\xef\xbb\xbf <a/>")))
    taken = {each.name for each in attachments(pdf, 100_000) if each.content is not None}
    assert taken == {"factur-x.xml", "b.dat"}


def test_files_that_are_no_invoice_are_a_remark_and_those_of_a_portfolio_are_missed(read):
    content = einvoice_pdf(("factur-x.xml", cii()), ("hours.csv", b"day,hours"))
    assert [(each.code, "hours.csv" in each.message) for each in read(content).warnings] == [("annexes-not-read", True)]
    portfolio = pymupdf.open(stream=content)
    portfolio.xref_set_key(portfolio.pdf_catalog(), "Collection", "<</Type/Collection>>")
    assert [each.code for each in read(portfolio.tobytes()).warnings] == ["attachments-not-read"]


def test_a_file_that_only_the_catalogue_names_is_found_and_none_is_taken_twice(opened):
    document = pymupdf.open(stream=einvoice_pdf(("factur-x.xml", cii())))
    stream = next(xref for xref in range(1, document.xref_length()) if b"CrossIndustry" in (inflated(document, xref)))
    specification = document.get_new_xref()
    document.update_object(specification, f"<</Type/Filespec/F(factur-x.xml)/EF<</F {stream} 0 R>>>>")
    document.xref_set_key(document.pdf_catalog(), "AF", f"[{specification} 0 R 17 null]")
    assert len(list(attachments(opened(document.tobytes()), 100_000))) == 1
    document.xref_set_key(document.pdf_catalog(), "Names", "null")
    assert [each.name for each in attachments(opened(document.tobytes()), 100_000)] == ["factur-x.xml"]


def inflated(document: pymupdf.Document, xref: int) -> bytes:
    return (document.xref_stream(xref) if document.xref_is_stream(xref) else b"") or b""


def test_a_bomb_is_inflated_no_further_than_the_limit(read):
    made = read(
        einvoice_pdf(("bomb.xml", b"<a>" + b" " * 50_000_000), ("factur-x.xml", cii())), max_embedded_bytes=100_000
    )
    assert [each.source for each in made.embedded] == ["factur-x.xml"]
    assert [notice.code for notice in made.warnings] == ["embedded-not-read"]
    assert "bomb.xml" in made.warnings[0].message
    assert "100000" in made.warnings[0].message
    assert len(made.pages[0].words) > 50


def test_of_attachments_without_end_some_are_looked_into_and_all_are_named(read):
    made = read(einvoice_pdf(*[(f"{n}.xml", b"<a>%d</a>" % n) for n in range(MAX_ATTACHMENTS)], ("z.xml", cii())))
    assert made.embedded == []
    assert [each.message.partition(":")[0] for each in made.warnings] == ["65 attached files were not read"]


def test_a_name_tree_that_goes_round_or_leads_to_a_node_by_many_ways_ends(opened):
    """MuPDF's own walk takes hours for the first and years for the second."""
    document = pymupdf.open(stream=einvoice_pdf(("a.xml", b"<a/>")))
    held = document.xref_get_key(document.pdf_catalog(), "Names/EmbeddedFiles")[1]
    leaf = held if held.endswith(" R") else put(document, held)
    round_about = [document.get_new_xref() for _ in range(40)]
    for xref in round_about:
        document.update_object(xref, f"<</Kids[{' '.join(f'{each} 0 R' for each in round_about)} {leaf}]>>")
    top = leaf
    for _ in range(60):
        top = put(document, f"<</Kids[{top} {top}]>>")
    root = put(document, f"<</Kids[{round_about[0]} 0 R {top}]>>")
    document.xref_set_key(document.pdf_catalog(), "Names", f"<</EmbeddedFiles {root}>>")
    assert [each.name for each in attachments(opened(document.tobytes()), 1_000)] == ["a.xml"]


def test_an_array_of_nodes_that_leads_back_to_itself_is_gone_through_once(opened):
    document = pymupdf.open(stream=einvoice_pdf(("a.xml", b"<a/>")))
    held = document.xref_get_key(document.pdf_catalog(), "Names/EmbeddedFiles")[1]
    leaf = held if held.endswith(" R") else put(document, held)
    array = document.get_new_xref()
    document.update_object(array, f"[{leaf} {f'<</Kids {array} 0 R>>' * 20_000}]")
    document.xref_set_key(document.pdf_catalog(), "Names", f"<</EmbeddedFiles <</Kids {array} 0 R>>>>")
    assert [each.name for each in attachments(opened(document.tobytes()), 1_000)] == ["a.xml", "…"]


def test_more_attachments_than_are_listed_are_said_to_be_there(opened, monkeypatch):
    monkeypatch.setattr(pdf_attachments, "MAX_LISTED", 3)
    made = einvoice_pdf(*[(f"{n}.xml", b"<a>%d</a>" % n) for n in range(4)])
    assert [each.name for each in attachments(opened(made), 1_000)] == ["0.xml", "1.xml", "2.xml", "…"]
    made = einvoice_pdf(*[(f"{n}.xml", b"<a>%d</a>" % n) for n in range(3)])
    assert [each.name for each in attachments(opened(made), 1_000)] == ["0.xml", "1.xml", "2.xml"]


def put(document: pymupdf.Document, text: str) -> str:
    """A new object; how others refer to it."""
    xref = document.get_new_xref()
    document.update_object(xref, text)
    return f"{xref} 0 R"


def test_the_metadata_is_read_and_bounded(opened):
    pdf = opened(einvoice_pdf(metadata=XMP))
    assert b"Quillpress" in xmp_metadata(pdf, 100_000)
    with pytest.raises(LimitExceeded, match="inflates"):
        xmp_metadata(pdf, 100)
    assert xmp_metadata(opened(einvoice_pdf()), 100) is None


def test_a_pdf_gives_its_invoice_its_metadata_and_its_codes(read):
    made = read(einvoice_pdf(("factur-x.xml", cii()), code="\n".join(EPC_LINES), metadata=XMP))
    assert [(each.source, each.standard) for each in made.embedded] == [
        ("factur-x.xml", "cii"),
        ("XMP metadata", "xmp"),
        ("QR code on page 1", "epc-qr"),
    ]
    x0, y0, x1, y1 = made.embedded[-1].box
    assert 60 / 595 <= x0 < x1 <= 190 / 595
    assert 600 / 842 <= y0 < y1 <= 730 / 842


def test_all_of_it_can_be_switched_off(read):
    made = read(einvoice_pdf(("factur-x.xml", cii()), code="\n".join(EPC_LINES), metadata=XMP), embedded=False)
    assert (made.embedded, made.warnings) == ([], [])


def test_a_code_drawn_as_paths_is_read(read):
    drawn = pymupdf.open()
    page = drawn.new_page(width=595, height=842)
    page.insert_text((60, 80), "Zahlteil", fontsize=10)
    dark = qr_bitmap("\n".join(SWISS_LINES), module_px=1)[:, :, 0] < 128
    shape = page.new_shape()
    for y, x in zip(*np.nonzero(dark), strict=True):
        shape.draw_rect(pymupdf.Rect(60 + 2 * x, 600 + 2 * y, 62 + 2 * x, 602 + 2 * y))
    shape.finish(fill=(0, 0, 0), color=None, width=0)
    shape.commit()
    assert [each.standard for each in read(drawn.tobytes()).embedded] == ["swiss-qr"]


def test_a_page_that_cannot_be_drawn_is_read_all_the_same(read, monkeypatch):
    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.reading.pdf.mupdf.PdfPage.render", fails)
    made = read(einvoice_pdf(code="\n".join(EPC_LINES)))
    assert [(notice.code, notice.where) for notice in made.warnings] == [("embedded-not-read", "page 1")]
    assert (made.pages[0].problem, len(made.pages[0].words) > 50) == (None, True)


def test_no_more_pages_are_drawn_than_allowed(read, monkeypatch):
    monkeypatch.setattr(embedded, "MAX_DRAWN", 0)
    assert read(einvoice_pdf(code="\n".join(EPC_LINES))).embedded == []


SQUARE = np.array([[60.0, 600.0, 190.0, 730.0]])


def marks(*words: str, **shapes: np.ndarray) -> Marks:
    return replace(Marks(width=595, height=842), text=list(words), **shapes)


def test_only_pages_that_speak_of_a_payment_and_show_a_square_are_drawn():
    assert may_hold_code(marks("IBAN:", pictures=SQUARE))
    assert may_hold_code(marks("DE89", pictures=SQUARE))
    assert may_hold_code(marks("Zahlteil", vectors=SQUARE))
    assert may_hold_code(marks("Zahlteil", vectors=np.zeros((100, 4))))
    assert not may_hold_code(marks("Hello", pictures=SQUARE))
    assert not may_hold_code(marks("IBAN"))
    assert not may_hold_code(marks("IBAN", pictures=SQUARE * [1, 1, 2, 1]))
    assert not may_hold_code(marks("IBAN", pictures=SQUARE / 10))
