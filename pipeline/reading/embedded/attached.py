"""Files that came with a document → what they hold; what is not read is said, and the document is read on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.errors import SheafError
from pipeline.reading.embedded.invoice import read_invoice
from pipeline.reading.embedded.markup import parse_markup
from pipeline.reading.embedded.metadata import read_metadata
from schemas.documents import Notice
from schemas.embedded import EmbeddedData

MAX_INVOICES = 8
"""More are not read; an invoice has one."""
MAX_NAMES = 20


@dataclass(kw_only=True, slots=True)
class Attached:
    """What became of attached files."""

    found: list[EmbeddedData] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Names of those that are no invoice: nobody has read them."""


def attached_invoices(attachments: Iterable[tuple[str, bytes | SheafError | None]], max_bytes: int) -> Attached:
    """The invoices among attached files, given by name; their content is `None` where they are no XML."""
    attached, cut = Attached(), False
    for name, content in attachments:
        if content is None:
            attached.others.append(name)
            continue
        if len(attached.found) == MAX_INVOICES:
            cut = True
            attached.others.append(name)
            continue
        try:
            if isinstance(content, SheafError):
                raise content
            data = read_invoice(parse_markup(content, max_bytes=max_bytes), name)
        except SheafError as error:
            message = f"The attachment {name} could not be read: {error.message}."
            attached.notices.append(Notice(code="embedded-not-read", message=message))
        else:
            if data is None:
                attached.others.append(name)
            else:
                attached.found.append(data)
    if cut:
        message = f"Of the attached invoices only the first {MAX_INVOICES} were read."
        attached.notices.append(Notice(code="embedded-not-read", message=message))
    return attached


def unread_files(names: Sequence[str], *, portfolio: bool) -> list[Notice]:
    """That attached files were not read.

    The files of a portfolio are its content, so that without them it is partial; annexes of pages are a remark.
    """
    if not names:
        return []
    shown = ", ".join(names[:MAX_NAMES]) + (", …" if len(names) > MAX_NAMES else "")
    count = "1 attached file was" if len(names) == 1 else f"{len(names)} attached files were"
    code = "attachments-not-read" if portfolio else "annexes-not-read"
    return [Notice(code=code, message=f"{count} not read: {shown}. Send what is to be read as files of their own.")]


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
