"""Hostile XML is refused before it costs anything."""

import pytest

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.embedded import markup
from pipeline.reading.embedded.markup import local_name, namespace, parse_markup

_LEVELS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = f'<!DOCTYPE a [<!ENTITY x0 "{"ha" * 100}">{_LEVELS}]><a>&x9;</a>'
FOREIGN = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def parse(text: str | bytes, most: int = 10_000_000):
    return parse_markup(text if isinstance(text, bytes) else text.encode(), max_bytes=most)


def test_a_tree_is_parsed_without_comments_and_instructions():
    root = parse('<?xml version="1.0"?><!-- c --><?p i?><a xmlns="urn:x"><b>1</b><!-- c --></a>')
    assert (local_name(root), namespace(root), [local_name(each) for each in root]) == ("a", "urn:x", ["b"])
    assert namespace(parse("<a/>")) == ""


@pytest.mark.parametrize("text", [ENTITIES, FOREIGN, '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_document_type_is_refused(text, encoding):
    with pytest.raises(DamagedFile, match="document type"):
        parse(text.encode(encoding))


def test_a_document_type_that_an_encoding_hides_is_refused():
    with pytest.raises(DamagedFile):
        parse('<?xml version="1.0" encoding="cp037"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("cp037"))


@pytest.mark.parametrize("text", ["", "<a>", "<a></b>", "no xml", "<a>&undefined;</a>", "<a>\x00</a>"])
def test_what_is_not_well_formed_is_refused(text):
    with pytest.raises(DamagedFile):
        parse(text)


def test_xml_that_nests_without_end_is_refused():
    with pytest.raises(DamagedFile):
        parse("<a>" * 100_000)


def test_xml_of_too_many_bytes_or_elements_is_refused(monkeypatch):
    with pytest.raises(LimitExceeded) as caught:
        parse("<a>text</a>", most=10)
    assert caught.value.facts["limit"] == "max_embedded_bytes"
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 5)
    assert len(parse("<a>" + "<b/>" * 4 + "</a>")) == 4
    with pytest.raises(LimitExceeded, match="elements"):
        parse("<a>" + "<b/>" * 5 + "</a>")


def test_an_element_with_attributes_without_end_is_refused_before_each_is_compared_with_each():
    many = " ".join(f'a{number} = "x"' for number in range(markup.MAX_ATTRIBUTES + 1))
    for data in (f"<a {many}/>".encode(), f"<a {many}/>".encode("utf-16")):
        with pytest.raises(LimitExceeded, match="attributes"):
            parse_markup(data, max_bytes=1_000_000)
    assert parse_markup(f"<a>{'=' * 5_000}</a>".encode(), max_bytes=1_000_000).text == "=" * 5_000
