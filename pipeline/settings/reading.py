"""What is read of a document, and the limits of the child that reads it."""

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.settings_group import MIB, SettingsGroup


class Sandbox(SettingsGroup):
    """Limits of the child process that reads one document."""

    memory_bytes: int = Field(default=2048 * MIB, gt=0, le=2**62)
    """Address space of the child, beyond what its warm parent already maps."""
    cpu_seconds: int = Field(default=600, gt=0, le=2**31)
    wall_seconds: PositiveFloat = 900.0
    page_seconds: PositiveFloat = 60.0
    """Time without progress after which the child is killed."""
    output_bytes: PositiveInt = 192 * MIB
    """Of what the child made, as JSON; some 9,000 full pages. Holding it takes the service ten times as much memory."""
    children: PositiveInt = 8
    """Children at a time that stages have; whoever wants another one waits for its turn."""
    request_children: PositiveInt = 2
    """Children at a time that make pages and contents for requests; more requests wait a little, then get a 503."""


class Reading(SettingsGroup):
    """What is read, and how much of it."""

    max_pages: PositiveInt = 5_000
    max_pixels: PositiveInt = 40_000_000
    """Of one page or image; larger ones are scaled down."""
    max_audio_seconds: PositiveFloat = 12 * 3600.0
    max_archive_bytes: PositiveInt = 500 * MIB
    """Inflated size of a DOCX, PPTX or XLSX."""
    max_text_bytes: PositiveInt = 64 * MIB
    """Of a text, HTML, Markdown or mail file."""
    embedded: bool = True
    """Whether data for machines is read: attached XML invoices, XMP metadata, QR codes of payments."""
    max_embedded_bytes: PositiveInt = 16 * MIB
    """Inflated size of an attached XML file, of XMP metadata, and of an XML invoice."""
    ocr_side_px: PositiveInt = 1280
    """The longer side of a page image given to OCR, where the text is large enough for it."""
