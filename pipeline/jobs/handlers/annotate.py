"""The stage `annotate`: extracted fields → the payloads that search filters use."""

from decimal import Decimal
from typing import Any

from pipeline.jobs.handlers.work import Made, Work
from schemas import exact_json

VERSION = 1
MAX_FIELDS = 500
MAX_TEXT = 500


class Annotate:
    """Replaces the fields of all points of the document."""

    def inputs(self, work: Work) -> list[Any]:
        """This very run: another job's fields may have been written in the meantime, and must be replaced again."""
        return [VERSION, work.job.id, work.job.sequence, work.stage.attempt]

    def make(self, work: Work) -> Made:
        """Write the scalars; the artifact is what was written."""
        extraction = exact_json.loads(work.load("extract"))
        fields = filterable(extraction.get("fields", {}))
        work.services.vectors.set_fields(
            workspace_id=work.job.workspace_id, document_id=work.document.id, fields=fields
        )
        return Made(data=exact_json.dumps(fields))


def filterable(fields: dict[str, Any]) -> dict[str, Any]:
    """Values by JSON Pointer that a filter can ask for: scalars, rows of arrays left out, a bounded number of them."""
    found: dict[str, Any] = {}
    for pointer, field in fields.items():
        value = field.get("value")
        in_array = any(part.isdigit() for part in pointer.split("/"))
        if value is None or in_array or (isinstance(value, str) and len(value) > MAX_TEXT):
            continue
        # A filter compares numbers; the exact decimals are in the result.
        found[pointer] = float(value) if isinstance(value, Decimal) else value
        if len(found) == MAX_FIELDS:
            break
    return found
