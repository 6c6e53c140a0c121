"""Values read out of a document against a JSON Schema, each with its evidence."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.documents import Notice
from schemas.evidence import Evidence


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldValue(_Model):
    """One leaf value. `grounded` is whether our own code found it in what was read."""

    value: str | bool | int | Decimal | float | None
    confidence: float
    calibrated: bool = False
    grounded: bool
    needs_review: bool = False
    """Whether the confidence is below the threshold of the settings (`extraction.review_below`)."""
    evidence: list[Evidence] = []


class RowCount(_Model):
    """Rows of one array: as counted on the pages, independently of the values, and as returned."""

    counted: int | None
    """`None` where the pages do not allow a count."""
    returned: int
    unplaced: int = 0
    """Rows among the returned ones that stand nowhere in the document, or more often than it has them."""


class Extraction(_Model):
    """Data that validates against the schema, or `None` with a warning, and its fields by JSON Pointer (RFC 6901)."""

    data: Any
    """JSON values; money is a `Decimal` with the decimals of the document."""
    fields: dict[str, FieldValue] = {}
    rows: dict[str, RowCount] = {}
    """Arrays by JSON Pointer."""
    counts: dict[str, list[int]] = {}
    """All counts of an array's rows on the pages, by its pointer, the most trustworthy first."""
    truncated: bool = False
    """Whether a model did not answer for all of the document; the warnings say why and where."""
    warnings: list[Notice] = []
    produced_by: dict[str, str] = {}
