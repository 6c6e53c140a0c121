"""The record of one run: figures, documents and misses, and what changed since the run before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.figures import share, summarize, tally
from pipeline.evaluation.labels import Label
from pipeline.evaluation.outcomes import Compared, Item, compare

FORMAT = 1
MISSES = ("wrong", "spurious", "missing")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What a service made of one labelled document."""

    label: Label
    status: str
    note: str | None = None
    """Why it is not whole, where it is not."""
    document_id: str | None = None
    result: Mapping[str, Any] | None = None
    """As `GET /v1/jobs/{id}/result` gives it; `None` where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Miss:
    """A value that is not right."""

    file: str
    document_id: str | None
    item: Item

    @property
    def place(self) -> Mapping[str, Any] | None:
        """The first evidence on a page."""
        return next((each for each in self.item.evidence if each["kind"] == "page" and each["boxes"]), None)


def record(reads: Sequence[Read]) -> tuple[dict[str, Any], list[Miss]]:
    """The record of a run, as it is kept as JSON, and its misses."""
    compared = [(read, compare(read.label, (read.result or {}).get("fields") or {})) for read in reads]
    misses = [miss for read, each in compared for miss in _misses(read, each)]
    usages = [read.result["usage"] for read in reads if read.result is not None]
    return {
        "format": FORMAT,
        "figures": summarize([each for _, each in compared], usages),
        "documents": [_document(read, each) for read, each in compared],
        "misses": [_shown(miss) for miss in misses],
        "produced_by": _makers(reads),
    }, misses


def changes(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, float] | None:
    """The difference of accuracy since the run before, overall (`""`) and by field; `None` without such a run.

    Runs against other schemas or other documents are not comparable.
    """
    if (
        before is None
        or any(now[key] != before.get(key) for key in ("format", "schema"))
        or _files(now) != _files(before)
    ):
        return None
    found = {"": _difference(now["figures"]["overall"], before["figures"]["overall"])}
    for name, figures in now["figures"]["fields"].items():
        found[name] = _difference(figures, before["figures"]["fields"].get(name, {}))
    return {name: each for name, each in found.items() if each is not None}


def _files(run: Mapping[str, Any]) -> list[str]:
    return sorted(str(document["file"]) for document in run["documents"])


def _difference(now: Mapping[str, Any], before: Mapping[str, Any]) -> float | None:
    if now["accuracy"] is None or before.get("accuracy") is None:
        return None
    return round(float(now["accuracy"]) - float(before["accuracy"]), 4)


def _misses(read: Read, compared: Compared) -> Iterator[Miss]:
    for item in compared.items:
        if item.outcome in MISSES:
            yield Miss(file=read.label.file, document_id=read.document_id, item=item)


def _document(read: Read, compared: Compared) -> dict[str, Any]:
    usage = (read.result or {}).get("usage") or {}
    figures = tally(compared.items)
    return {
        "file": read.label.file,
        "status": read.status,
        "note": read.note,
        "document_id": read.document_id,
        "job_id": (read.result or {}).get("job_id"),
        "accuracy": figures["accuracy"],
        "right": figures["right"],
        "labelled": figures["labelled"],
        "rows_right": share(sum(row.outcome == "right" for row in compared.rows), len(compared.rows)),
        "seconds": usage.get("seconds"),
        "cost": usage.get("cost"),
    }


def _shown(miss: Miss) -> dict[str, Any]:
    item = miss.item
    return {
        "file": miss.file,
        "field": item.field,
        "outcome": item.outcome,
        "label": item.truth,
        "given": item.given,
        "confidence": item.confidence,
        "needs_review": item.needs_review,
        "evidence": [dict(each) for each in item.evidence],
    }


def _makers(reads: Iterable[Read]) -> list[Mapping[str, Any]]:
    """Every combination of schema version, adapter, model and so on that made a result of the run, each once."""
    found: list[Mapping[str, Any]] = []
    for read in reads:
        made = (read.result or {}).get("produced_by")
        if made and made not in found:
            found.append(made)
    return found
