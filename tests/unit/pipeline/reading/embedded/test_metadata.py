"""XMP metadata."""

import pytest

from pipeline.reading.embedded import metadata
from pipeline.reading.embedded.markup import parse_markup
from pipeline.reading.embedded.metadata import MAX_VALUES, read_metadata
from tests.support.einvoices import XMP


def read(text: str):
    return read_metadata(parse_markup(text.encode(), max_bytes=1_000_000))


def test_properties_are_read_as_elements_lists_and_attributes():
    data = read(XMP)
    assert (data.source, data.standard) == ("XMP metadata", "xmp")
    assert [(each.name, each.value) for each in data.values] == [
        ("creator_tool", "Quillpress 4"),
        ("author", "Ada Ferris"),
        ("author", "Bo Lindt"),
        ("document_title", "Invoice LW-2026-0417"),
        ("invoice_attachment", "factur-x.xml"),
        ("invoice_profile", "EN 16931"),
    ]
    assert [each.path for each in data.values][:3] == [
        "/rdf:RDF/rdf:Description/@xmp:CreatorTool",
        "/rdf:RDF/rdf:Description/dc:creator[1]",
        "/rdf:RDF/rdf:Description/dc:creator[2]",
    ]


def test_metadata_that_says_nothing_known_is_none():
    assert read("<x/>") is None
    assert (
        read(XMP.replace("purl.org", "example.org").replace("adobe.com/xap", "example.org").replace("urn:f", "urn:x"))
        is None
    )


def test_values_without_end_are_bounded():
    one = "<rdf:li>Ada Ferris</rdf:li>"
    assert len(read(XMP.replace(one, one * 1_000)).values) == MAX_VALUES


@pytest.mark.parametrize("name", ["dc:subject", "dc:unheard"])
def test_lists_that_many_descriptions_stand_around_are_not_gone_through_for_each_of_them(monkeypatch, name):
    """14 kB of a PDF, inflated, had kept the child busy until its time was over, which cost the whole document."""
    looked = []
    value = metadata._value
    monkeypatch.setattr(metadata, "_value", lambda *told: looked.append(1) or value(*told))
    around, levels = f"<rdf:Description><{name}>", 50
    head, foot = '<rdf:RDF xmlns:rdf="{}" xmlns:dc="{}">', "</rdf:RDF>"
    names = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/dc/elements/1.1/"
    inside = around * levels + "<rdf:li>a</rdf:li>" * 1_000 + f"</{name}></rdf:Description>" * levels
    found = read(head.format(*names) + inside + foot)
    assert len(found.values if found else []) in (0, MAX_VALUES)
    assert len(looked) <= MAX_VALUES
