import pytest

from bench.hostile_files.pdfs import MIB, between_sound_pages, nested_forms, one_page_objects
from pipeline.errors import DamagedFile, JobCancelled, UnsupportedType
from pipeline.extraction.extract import extract_by_rules
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Reading
from pipeline.settings import Sandbox as Limits
from schemas.catalogue import load
from tests.support.einvoices import EPC_LINES, XMP, cii, einvoice_pdf, ubl
from tests.support.files import pdf


@pytest.fixture(scope="module")
def reader(warm_sandbox: Sandbox) -> Reader:
    return Reader(warm_sandbox, None, Reading(max_pages=3))


@pytest.fixture
def read(reader, tmp_path):
    def read_bytes(content: bytes, media_type: str = "application/pdf", **more: object):
        path = tmp_path / "source"
        path.write_bytes(content)
        with path.open("rb") as source:
            return reader.read(source, name="source", media_type=media_type, **more)

    return read_bytes


def test_a_pdf_is_read_in_a_child(read):
    shares: list[float] = []
    document = read(pdf("Hello world", "Second"), progress=shares.append)
    assert [page.words.text for page in document.pages] == [["Hello", "world"], ["Second"]]
    assert all(0 <= share <= 1 for share in shares)


def test_what_is_wrong_with_a_file_comes_back_as_it_was_raised(read):
    with pytest.raises(DamagedFile):
        read(b"junk", "image/png")


def test_settings_reach_the_child(read):
    from pipeline.errors import LimitExceeded

    with pytest.raises(LimitExceeded) as caught:
        read(pdf("1", "2", "3", "4"))
    assert caught.value.facts["limit"] == 3


def test_data_for_machines_is_read_in_the_child_with_evidence_for_values(read):
    document = read(einvoice_pdf(("factur-x.xml", cii()), code="\n".join(EPC_LINES), metadata=XMP))
    assert [each.standard for each in document.embedded] == ["cii", "xmp", "epc-qr"]
    found = extract_by_rules(document, load("invoice"))
    assert {place.kind for place in found.fields["/total"].evidence} == {"embedded", "page"}


def test_an_xml_invoice_is_read_in_the_child(read):
    assert read(ubl(), "application/xml").embedded[0].standard == "ubl"


@pytest.mark.parametrize(
    "hostile", [b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"<a>" * 100_000, b"<a>" + b" " * 40_000_000]
)
def test_a_hostile_attachment_costs_a_remark_and_no_page(read, hostile):
    document = read(einvoice_pdf(("factur-x.xml", hostile)))
    assert [notice.code for notice in document.warnings] == ["embedded-not-read"]
    assert len(document.pages[0].words) > 50


def test_a_cancelled_reading_ends(read):
    with pytest.raises(JobCancelled):
        read(pdf(*["text"] * 3), cancelled=lambda: True)


def test_a_recording_is_refused_where_nobody_can_transcribe(read):
    with pytest.raises(UnsupportedType, match="transcri"):
        read(b"RIFF", "audio/wav")


STILL = "The page could not be read: reading the file made no progress for 3 seconds."


def test_a_page_that_stands_still_is_left_out_and_the_others_are_read(warm_sandbox, monkeypatch, tmp_path):
    monkeypatch.setattr(warm_sandbox, "limits", Limits(page_seconds=3))
    path = tmp_path / "source"
    path.write_bytes(between_sound_pages(nested_forms(), times=2))
    with path.open("rb") as source:
        document = Reader(warm_sandbox, None, Reading()).read(source, name="source", media_type="application/pdf")
    assert [page.problem for page in document.pages] == [None, STILL, STILL, None]
    assert document.pages_failed == [2, 3]
    assert [" ".join(page.words.text) for page in document.pages if page.words.text] == [
        "The first page is sound.",
        "The last page is sound.",
    ]


def test_a_page_that_asks_for_all_memory_is_left_out_and_the_others_are_read(warm_sandbox, monkeypatch, tmp_path):
    monkeypatch.setattr(warm_sandbox, "limits", Limits(memory_bytes=64 * MIB))
    endless = b"BT /F 8 Tf 20 20 Td (%b) Tj ET" % (b"a " * 20_000_000)
    path = tmp_path / "source"
    path.write_bytes(between_sound_pages(one_page_objects(endless)))
    with path.open("rb") as source:
        document = Reader(warm_sandbox, None, Reading()).read(source, name="source", media_type="application/pdf")
    assert document.pages_failed == [2]
    assert [len(page.words) for page in document.pages] == [5, 0, 5]
