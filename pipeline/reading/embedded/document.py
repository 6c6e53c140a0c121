"""An invoice that is an XML file itself (XRechnung, Factur-X, UBL): its values as text for people, and for machines."""

from typing import BinaryIO

from pipeline.errors import UnsupportedType
from pipeline.reading.embedded.invoice import read_invoice
from pipeline.reading.embedded.markup import VERSION, parse_markup
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder
from schemas.documents import Cell, Document, Table
from schemas.embedded import EmbeddedData

_CREDIT_NOTE = {"81", "83", "261", "296", "308", "381", "396", "420", "458", "532"}
"""Codes of UNTDID 1001 that are credit notes in EN 16931."""
_PARTS = ("_street", "_street_2", "_street_3", "_zip", "_city")
"""The address on one line holds them."""


def read_xml_invoice(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """Read an XML invoice; its text has a line for each value and a table of the invoice's lines.

    Raises:
        DamagedFile: it is not well-formed, or declares a document type.
        LimitExceeded: it has more than `max_embedded_bytes`, or too many elements.
        UnsupportedType: it is XML, but no invoice.
    """
    source.seek(0)
    most = options.settings.max_embedded_bytes
    invoice = read_invoice(parse_markup(source.read(most + 1), max_bytes=most), options.name or "invoice.xml")
    progress(0.5)
    if invoice is None:
        raise UnsupportedType("the XML is no invoice of a known syntax", media_type=options.media_type)
    builder = TextBuilder()
    _add(builder, invoice)
    document = builder.document(options.media_type, produced_by={"lxml": VERSION})
    document.embedded = [invoice]
    progress(1.0)
    return document


def _add(builder: TextBuilder, invoice: EmbeddedData) -> None:
    head = [each for each in invoice.values if each.row is None and not each.name.endswith(_PARTS)]
    codes = {each.value for each in head if each.name == "type_code"}
    kind = "Credit note" if codes & _CREDIT_NOTE else "Invoice"
    number = next((each.value for each in head if each.name == "invoice_number"), "")
    builder.heading(f"{kind} {number}", 1)
    for each in head:
        if each.name != "type_code":
            builder.add("paragraph", f"{each.name.replace('_', ' ').capitalize()}: {each.value}")
    table = _lines(invoice)
    if table is not None:
        builder.heading("Lines", 2)
        builder.table(table)


def _lines(invoice: EmbeddedData) -> Table | None:
    values = [(each.row, each.name, each.value) for each in invoice.values if each.row is not None]
    if not values:
        return None
    columns = list(dict.fromkeys(name for _, name, _ in values))
    cells = [
        Cell(row=0, column=at, text=name.removeprefix("item_").replace("_", " ").capitalize())
        for at, name in enumerate(columns)
    ]
    filled: dict[tuple[int, int], str] = {}
    for row, name, value in values:
        filled.setdefault((row + 1, columns.index(name)), value)
    cells += [Cell(row=row, column=column, text=text) for (row, column), text in sorted(filled.items())]
    return Table(rows=max(row for row, _ in filled) + 1, columns=len(columns), cells=cells, header_rows=1)
