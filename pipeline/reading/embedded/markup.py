"""Hostile XML → a tree, or a refusal: no document type, no entities, bounded size, depth and number of elements."""

import re
from typing import Any

from lxml import etree

from pipeline.errors import DamagedFile, LimitExceeded

MAX_ELEMENTS = 500_000
"""An invoice of ten thousand lines has about 400,000."""
MAX_ATTRIBUTES = 1_000
"""Of one element: the parser compares each with each."""
_ATTRIBUTE = re.compile(rb"=\s*[\"']")
_PIECE = 64 * 1024
VERSION: str = etree.__version__


def parse_markup(data: bytes, *, max_bytes: int) -> Any:  # noqa: ANN401 - lxml has no type information
    """The root element. Comments and processing instructions are left out.

    libxml2 itself refuses more than 256 levels, names and texts of more than 10 MB, and entities that multiply.

    Raises:
        LimitExceeded: it has more bytes than `max_bytes`, more than `MAX_ELEMENTS` elements, or one with more than
            `MAX_ATTRIBUTES` attributes.
        DamagedFile: it is not well-formed, or declares a document type, which no invoice and no metadata does.
    """
    if len(data) > max_bytes:
        raise LimitExceeded(f"the XML has more than {max_bytes} bytes", limit="max_embedded_bytes", allowed=max_bytes)
    # Before the parser sees an entity; another encoding may hide it here, and the tree is asked again below.
    plain = data.replace(b"\x00", b"")
    if b"<!DOCTYPE" in plain:
        raise DamagedFile("the XML declares a document type")
    if any(_has_many_attributes(piece) for piece in plain.split(b"<")):
        raise LimitExceeded(f"an element of the XML has more than {MAX_ATTRIBUTES} attributes", limit="attributes")
    parser = etree.XMLPullParser(
        events=("start",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    count = 0
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
            for _, element in parser.read_events():
                count += 1
                if count == 1 and element.getroottree().docinfo.internalDTD is not None:
                    raise DamagedFile("the XML declares a document type")
                if count > MAX_ELEMENTS:
                    raise LimitExceeded(f"the XML has more than {MAX_ELEMENTS} elements", limit="elements")
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise DamagedFile("the XML is not well-formed") from error


def _has_many_attributes(tag: bytes) -> bool:
    return tag.count(b"=") > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(tag)) > MAX_ATTRIBUTES


def local_name(element: Any) -> str:  # noqa: ANN401 - lxml has no type information
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def namespace(element: Any) -> str:  # noqa: ANN401 - lxml has no type information
    """The namespace of an element, empty where it has none."""
    return str(etree.QName(element).namespace or "")
