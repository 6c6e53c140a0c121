"""What cannot be read of the data for machines is said, and hinders nothing."""

from pipeline.errors import LimitExceeded
from pipeline.reading.embedded.attached import MAX_INVOICES, MAX_NAMES, attached_invoices, metadata_of, unread_files
from tests.support.einvoices import XMP, cii, ubl


def read(*attached, most=1_000_000):
    made = attached_invoices(attached, most)
    return [(each.source, each.standard) for each in made.found], [(each.code, each.message) for each in made.notices]


def test_the_invoices_among_the_attachments_are_read():
    made = read(("factur-x.xml", cii()), ("style.xml", b"<style/>"), ("x.xml", ubl()))
    assert made == ([("factur-x.xml", "cii"), ("x.xml", "ubl")], [])


def test_attachments_that_are_no_invoice_are_told_by_name():
    made = attached_invoices([("hours.xlsx", None), ("factur-x.xml", cii()), ("style.xml", b"<style/>")], 1_000_000)
    assert made.others == ["hours.xlsx", "style.xml"]


def test_files_of_a_portfolio_are_its_content_and_others_an_annex():
    (annex,) = unread_files(["hours.xlsx"], portfolio=False)
    assert (annex.code, annex.message.split(".")[0]) == ("annexes-not-read", "1 attached file was not read: hours")
    assert [each.code for each in unread_files(["a.pdf", "b.pdf"], portfolio=True)] == ["attachments-not-read"]
    assert unread_files([], portfolio=True) == []


def test_names_without_end_are_cut_short():
    (notice,) = unread_files([f"{number}.txt" for number in range(MAX_NAMES + 44)], portfolio=False)
    assert notice.message.startswith("64 attached files were not read: 0.txt, 1.txt")
    assert f"{MAX_NAMES - 1}.txt, …." in notice.message


def test_an_attachment_that_cannot_be_read_is_named_and_the_others_are_read():
    bad = b"<!DOCTYPE a><a/>"
    found, notices = read(
        ("a.xml", bad), ("b.xml", LimitExceeded("it inflates to more than 9 bytes")), ("c.xml", cii())
    )
    assert found == [("c.xml", "cii")]
    assert [code for code, _ in notices] == ["embedded-not-read"] * 2
    assert [message for _, message in notices] == [
        "The attachment a.xml could not be read: the XML declares a document type.",
        "The attachment b.xml could not be read: it inflates to more than 9 bytes.",
    ]


def test_invoices_without_end_are_bounded_and_it_is_said():
    found, notices = read(*[("a.xml", cii())] * (MAX_INVOICES + 2))
    assert len(found) == MAX_INVOICES
    assert [code for code, _ in notices] == ["embedded-not-read"]


def test_what_comes_behind_the_last_invoice_that_is_read_is_told_too():
    given = [*[("a.xml", cii())] * MAX_INVOICES, ("late.xml", cii()), ("behind.txt", None)]
    assert attached_invoices(given, 100_000).others == ["late.xml", "behind.txt"]


def test_metadata_is_read_and_what_is_wrong_with_it_is_a_remark():
    assert [each.standard for each in metadata_of(XMP.encode(), 100_000)[0]] == ["xmp"]
    assert metadata_of(None, 100_000) == ([], [])
    found, notices = metadata_of(b"<x>", 100_000)
    assert (found, [notice.code for notice in notices]) == ([], ["embedded-not-read"])
