"""XML files that came with a document → what they hold; what cannot be read is said, and the document is read on."""

from collections.abc import Iterable

from pipeline.errors import SheafError
from pipeline.reading.embedded.invoice import read_invoice
from pipeline.reading.embedded.markup import parse_markup
from pipeline.reading.embedded.metadata import read_metadata
from schemas.documents import Notice
from schemas.embedded import EmbeddedData

MAX_INVOICES = 8
"""More are not read; an invoice has one."""


def attached_invoices(
    attachments: Iterable[tuple[str, bytes | SheafError]], max_bytes: int
) -> tuple[list[EmbeddedData], list[Notice]]:
    """The invoices among attached XML files, given by name; other XML is none of our business."""
    found: list[EmbeddedData] = []
    notices: list[Notice] = []
    for name, content in attachments:
        if len(found) == MAX_INVOICES:
            message = f"Of the attached invoices only the first {MAX_INVOICES} were read."
            notices.append(Notice(code="embedded-not-read", message=message))
            break
        try:
            if isinstance(content, SheafError):
                raise content
            data = read_invoice(parse_markup(content, max_bytes=max_bytes), name)
        except SheafError as error:
            message = f"The attachment {name} could not be read: {error.message}."
            notices.append(Notice(code="embedded-not-read", message=message))
        else:
            found += [data] if data is not None else []
    return found, notices


def metadata_of(packet: bytes | None, max_bytes: int) -> tuple[list[EmbeddedData], list[Notice]]:
    """What an XMP packet says."""
    if packet is None:
        return [], []
    try:
        data = read_metadata(parse_markup(packet.strip(b"\x00 \t\r\n"), max_bytes=max_bytes))
    except SheafError as error:
        return [], [unread_metadata(error)]
    return ([data] if data is not None else []), []


def unread_metadata(error: SheafError) -> Notice:
    """That the metadata could not be read; pages say more, so it is a remark."""
    return Notice(code="embedded-not-read", message=f"The XMP metadata could not be read: {error.message}.")
