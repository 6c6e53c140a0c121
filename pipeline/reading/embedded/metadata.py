"""XMP metadata (ISO 16684-1): what the file says of itself, and which attachment is the invoice."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pipeline.reading.embedded.markup import local_name, namespace
from pipeline.reading.text.builder import one_line
from schemas.embedded import EmbeddedData, EmbeddedValue

SOURCE = "XMP metadata"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://www.aiim.org/pdfa/ns/id/": "pdfaid",
    "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#": "fx",
    "urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#": "fx",
    "urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#": "fx",
}
_NAMES = {
    "dc:title": "document_title",
    "dc:creator": "author",
    "dc:description": "document_description",
    "dc:subject": "keywords",
    "dc:language": "language",
    "pdf:Keywords": "keywords",
    "pdf:Producer": "producer",
    "xmp:CreatorTool": "creator_tool",
    "xmp:CreateDate": "created_at",
    "xmp:ModifyDate": "modified_at",
    "pdfaid:part": "pdfa_part",
    "pdfaid:conformance": "pdfa_conformance",
    "fx:DocumentFileName": "invoice_attachment",
    "fx:ConformanceLevel": "invoice_profile",
    "fx:DocumentType": "invoice_kind",
    "fx:Version": "invoice_version",
}
"""Properties that are kept, and what they are called."""
MAX_CHARACTERS = 2_000
MAX_VALUES = 100


def read_metadata(root: Any) -> EmbeddedData | None:  # noqa: ANN401 - lxml has no type information
    """What the metadata says; `None` where it says nothing that is known."""
    values = list(islice(_values(root), MAX_VALUES))
    return EmbeddedData(source=SOURCE, standard="xmp", values=values) if values else None


def _values(root: Any) -> Iterator[EmbeddedValue]:  # noqa: ANN401
    for description in root.iter(f"{{{_RDF}}}Description"):
        for attribute, text in description.attrib.items():  # properties may be written as attributes
            uri, _, local = str(attribute).removeprefix("{").rpartition("}")
            yield from _value(f"{_PREFIXES.get(uri, '')}:{local}", str(text), "/@")
        for element in description.iterchildren("*"):
            name = f"{_PREFIXES.get(namespace(element), '')}:{local_name(element)}"
            if name not in _NAMES:
                continue
            items = list(islice(element.iter(f"{{{_RDF}}}li"), MAX_VALUES)) or [element]
            for number, item in enumerate(items, 1):
                yield from _value(name, item.text or "", "/", f"[{number}]" if len(items) > 1 else "")


def _value(name: str, text: str, before: str, behind: str = "") -> Iterator[EmbeddedValue]:
    quote = one_line(text)[:MAX_CHARACTERS]
    if name in _NAMES and quote:
        path = f"/rdf:RDF/rdf:Description{before}{name}{behind}"
        yield EmbeddedValue(name=_NAMES[name], value=quote, path=path, quote=quote)
