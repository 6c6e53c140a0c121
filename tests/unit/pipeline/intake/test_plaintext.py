"""Files without a signature: text or not, and which kind."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.plaintext import text_type
from tests.support.einvoices import cii, ubl, zugferd_1

MAIL = "From: a@example.org\nTo: b@example.org\nSubject: x\nMessage-ID: <1@example.org>\n\nHello"
MEMO = "From: the board\nTo: all\nSubject: parking\n\nFrom Monday on..."


@pytest.mark.parametrize("made", [cii(), zugferd_1(), ubl(), ubl("CreditNote")])
@pytest.mark.parametrize("name", ["invoice.xml", "x.txt", ""])
def test_an_xml_invoice_is_told_by_its_root_element(made, name):
    assert text_type(made, name) == "application/xml"
    instructed = (
        b'<?xml version="1.0"?>\n<?xml-stylesheet href="x.xsl"?><!-- by hand -->\n' + made[made.index(b"\n<") :]
    )
    assert text_type(instructed, name) == "application/xml"


@pytest.mark.parametrize("root", ["<Invoice>", '<Invoice xmlns="urn:other">', "<CrossIndustryInvoice/>", "<?xml?><a/>"])
def test_other_xml_is_text(root):
    assert text_type(root.encode(), "a.xml") == "text/plain"


@pytest.mark.parametrize(
    ("text", "name", "media_type"),
    [
        ("plain words", "a.txt", "text/plain"),
        ("plain words", "", "text/plain"),
        ("", "a.txt", "text/plain"),
        ("# Title", "a.md", "text/markdown"),
        ("# Title", "a.MARKDOWN", "text/markdown"),
        ("# Title", "a.txt", "text/plain"),
        ("<!DOCTYPE html><html>", "a", "text/html"),
        ("<?xml version='1.0'?>\n<!-- made by hand -->\n<html>", "a", "text/html"),
        ("just <b>bold</b>", "a.html", "text/html"),
        ("just <b>bold</b>", "a.txt", "text/plain"),
        ("a < b and c > d", "a.html", "text/plain"),
        ("<svg xmlns='x'>", "a.html", "image/svg+xml"),
        ("<?xml version='1.0'?><svg:svg>", "a", "image/svg+xml"),
        ("#EXTM3U\nhttp://example.org/1.ts", "a.txt", "application/x-playlist"),
        ("ffconcat version 1.0", "a", "application/x-playlist"),
        (" %!PS-Adobe", "a.txt", "application/postscript"),
        (MAIL, "a.eml", "message/rfc822"),
        (MAIL, "a", "message/rfc822"),
        (MAIL, "a.txt", "message/rfc822"),
        (MEMO, "memo.txt", "text/plain"),
        (MEMO, "memo.eml", "message/rfc822"),
        ("From a@example.org Fri Mar  1 10:00:00 2024\n" + MAIL, "inbox", "application/mbox"),
        ("From a@example.org Fri Mar  1 10:00:00 2024\n" + MAIL, "one.eml", "message/rfc822"),
        ("Note: not a header\nof any mail", "a", "text/plain"),
    ],
)
def test_a_text_is_what_it_begins_like(text, name, media_type):
    assert text_type(text.encode(), name) == media_type


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_makes_it_text(encoding):
    assert text_type("<html>".encode(encoding), "a") == "text/html"
    assert text_type("Grüße, 東京".encode(encoding), "a") == "text/plain"


def test_an_eight_bit_text_is_text():
    assert text_type("Grüße aus Köln".encode("latin-1"), "a") == "text/plain"


def test_a_text_cut_within_a_character_is_text():
    assert text_type("日本語".encode()[:-1], "a") == "text/plain"


@pytest.mark.parametrize("data", [b"\x00", b"text\x00text", bytes(range(32)) * 9, random.Random(3).randbytes(4096)])
def test_bytes_that_are_no_text_are_none(data):
    assert text_type(data, "a.txt") is None


def test_a_stray_control_character_is_forgiven():
    assert text_type(b"a page\x0c" + b"of words " * 99 + b"\x01", "a") == "text/plain"


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.html", "a.eml", "a.md", ""]))
def test_any_bytes_have_an_answer(data, name):
    assert text_type(data, name) in {
        None,
        *("text/plain", "text/html", "text/markdown", "message/rfc822"),
        *("image/svg+xml", "application/x-playlist", "application/postscript", "application/mbox"),
    }


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=80))
def test_printable_text_is_text_in_every_unicode_encoding(text):
    assert text_type(text.encode(), "a.txt") is not None
    assert text_type(text.encode("utf-16"), "a.txt") is not None
