"""Summaries with evidence."""

from pydantic import BaseModel, ConfigDict

from schemas.documents import Notice
from schemas.evidence import Evidence


class Summary(BaseModel):
    """A text, its main points, and the places both were taken from; `evidence[i]` belongs to `points[i]`."""

    model_config = ConfigDict(extra="forbid")

    text: str
    points: list[str] = []
    evidence: list[Evidence] = []
    truncated: bool = False
    """Whether a model was to write it and did not, or was not shown all of the document; the warnings say why."""
    warnings: list[Notice] = []
    produced_by: dict[str, str] = {}
