"""Data that a file carries for machines, beside what it shows: an invoice as XML, XMP metadata, a payment's QR code."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.evidence import Box

Standard = Literal["cii", "zugferd-1", "ubl", "xmp", "swiss-qr", "epc-qr"]
"""UN/CEFACT Cross Industry Invoice D16B (Factur-X, ZUGFeRD 2, XRechnung), ZUGFeRD 1.0, OASIS UBL 2.1, ISO 16684 (XMP),
Swiss QR-bill ("SPC"), EPC069-12 ("BCD")."""


class EmbeddedValue(BaseModel):
    """One value of such data."""

    model_config = ConfigDict(extra="forbid")

    name: str
    """What it is, as properties of the built-in schemas are called: `invoice_number`, `seller_name`, `item_amount`."""
    value: str
    """Dates as ISO 8601, numbers with a decimal point, all else as it stands."""
    path: str
    """Where it stands in its source: an XPath, or `line N`."""
    quote: str
    """As it stands there, verbatim."""
    row: int | None = None
    """Index of the invoice line it belongs to, counted from 0."""


class EmbeddedData(BaseModel):
    """What one source holds."""

    model_config = ConfigDict(extra="forbid")

    source: str
    """Name of the attachment or of the file, `XMP metadata`, or `QR code on page N`."""
    standard: Standard
    profile: str | None = None
    """The specification it says it follows, such as `urn:factur-x.eu:1p0:minimum`."""
    page: int | None = None
    box: Box | None = None
    """Where a QR code stands."""
    values: list[EmbeddedValue] = []
