"""An XML invoice as a document of its own."""

from io import BytesIO

import pytest

from pipeline.errors import DamagedFile, LimitExceeded, UnsupportedType
from pipeline.reading.embedded.document import read_xml_invoice
from pipeline.reading.options import ReadingOptions
from pipeline.settings import Reading
from tests.support.einvoices import cii, ubl


def read(content: bytes, **settings: object):
    options = ReadingOptions(name="invoice.xml", media_type="application/xml", settings=Reading(**settings))
    return read_xml_invoice(BytesIO(content), options, lambda _: None)


def test_its_values_are_lines_and_its_lines_a_table():
    document = read(cii())
    assert (document.shape, document.title) == ("text", "Invoice LW-2026-0417")
    assert "Seller name: Lindenwerk Office Supplies GmbH" in document.text
    assert "Seller city" not in document.text
    table = next(block.table for block in document.blocks if block.table is not None)
    assert table.grid()[0][:3] == ["Position", "Description", "Quantity"]
    assert [row[1] for row in table.grid()[1:]] == ["Copy paper A4, white", "Staples, galvanised"]
    assert [each.source for each in document.embedded] == ["invoice.xml"]


def test_a_credit_note_is_called_one():
    assert read(ubl("CreditNote")).title == "Credit note X-1"


def test_what_is_no_invoice_and_what_is_hostile_is_refused():
    with pytest.raises(UnsupportedType):
        read(b"<Invoice/>")
    with pytest.raises(DamagedFile):
        read(b"<!DOCTYPE a>" + cii())
    with pytest.raises(LimitExceeded):
        read(cii(), max_embedded_bytes=100)
