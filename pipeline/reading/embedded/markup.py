"""Hostile XML → a tree, or a refusal: no document type, no entities, bounded size, depth and number of elements."""

from typing import Any

from lxml import etree

from pipeline.errors import DamagedFile, LimitExceeded

MAX_ELEMENTS = 500_000
"""An invoice of ten thousand lines has about 400,000."""
_PIECE = 64 * 1024
VERSION: str = etree.__version__


def parse_markup(data: bytes, *, max_bytes: int) -> Any:  # noqa: ANN401 - lxml has no type information
    """The root element. Comments and processing instructions are left out.

    libxml2 itself refuses more than 256 levels, names and texts of more than 10 MB, and entities that multiply.

    Raises:
        LimitExceeded: it has more bytes than `max_bytes` or more than `MAX_ELEMENTS` elements.
        DamagedFile: it is not well-formed, or declares a document type, which no invoice and no metadata does.
    """
    if len(data) > max_bytes:
        raise LimitExceeded(f"the XML has more than {max_bytes} bytes", limit="max_embedded_bytes", allowed=max_bytes)
    # Before the parser sees an entity; another encoding may hide it here, and the tree is asked again below.
    if b"<!DOCTYPE" in data.replace(b"\x00", b""):
        raise DamagedFile("the XML declares a document type")
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


def local_name(element: Any) -> str:  # noqa: ANN401 - lxml has no type information
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def namespace(element: Any) -> str:  # noqa: ANN401 - lxml has no type information
    """The namespace of an element, empty where it has none."""
    return str(etree.QName(element).namespace or "")
