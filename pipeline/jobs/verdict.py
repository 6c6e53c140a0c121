"""What a job's end is called: `succeeded` only when nothing is missing.

A false "complete" is the worst answer this system can give, a false `partial` the second worst.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from schemas.documents import Notice
from schemas.extraction import RowCount
from schemas.jobs import Completeness
from schemas.problems import URN

Verdict = Literal["succeeded", "partial", "failed"]
UNREAD: frozenset[str] = frozenset(
    {
        *("recording-damaged", "recording-incomplete"),
        *("attachments-not-read", "charts-not-read", "formulas-without-values", "only-pictures", "encoding-damaged"),
    }
)
"""Notices of readers which say that something a person would read in the file is known to be missing.

What may be wrong but is there (`encoding-guessed`, `page-damaged`), what decorates (`pictures-not-read`) and what was
read though it is hidden are warnings only.
"""

UNFOUNDED = "values-unfounded"
"""Notice of an extraction whose values stand mostly nowhere in the document."""

NAMED = 20
"""Pages that a notice names."""

TASK_STAGES = ("extract", "summarize", "index", "annotate")


def completeness(
    read: Mapping[str, Any] | None, extraction: Mapping[str, Any] | None, summary: Mapping[str, Any] | None = None
) -> Completeness:
    """Whether all of the document is in the result.

    `read` is what the stage `read` found out (`None`: it failed); `extraction` an `Extraction` and `summary` a
    `Summary` as JSON values. An array whose rows could not be counted (`None`) is taken as complete: there is nothing
    that says otherwise.
    """
    facts = read or {}
    total = facts.get("pages_total")
    failed = list(facts.get("pages_failed", []))
    rows = {path: RowCount.model_validate(count) for path, count in (extraction or {}).get("rows", {}).items()}
    truncated = _truncated(extraction) or _truncated(summary)
    whole = not any(_differs(count) or _doubtful(count) for count in rows.values())
    founded = not _noted(extraction, UNFOUNDED)
    return Completeness(
        complete=read is not None and not failed and not truncated and whole and founded and not _unread(facts),
        pages_read=None if total is None else total - len(failed),
        pages_total=total,
        pages_failed=failed,
        truncated=truncated,
        rows=rows,
    )


def verdict(
    statuses: Mapping[str, str],
    complete: Completeness,
    extraction: Mapping[str, Any] | None,
    summary: Mapping[str, Any] | None = None,
    indexed: Mapping[str, Any] | None = None,
) -> tuple[Verdict, list[Notice]]:
    """The job's status, and a notice for everything that keeps it from `succeeded`; `indexed` is what `index` found."""
    if statuses.get("read") != "succeeded":
        return "failed", []
    asked = [name for name in TASK_STAGES if name in statuses]
    missed = [name for name in asked if statuses[name] != "succeeded"]
    if asked and len(missed) == len(asked):
        return "failed", []
    notices = [Notice(code="stage-failed", message=f"The task {name} failed.") for name in missed]
    if complete.pages_failed:
        pages = ", ".join(str(number) for number in complete.pages_failed)
        notices.append(Notice(code="pages-failed", message=f"These pages could not be read: {pages}."))
    if _truncated(extraction):
        message = "The model did not answer for all of the document; values may be missing."
        notices.append(Notice(code="truncated", message=message))
    if _truncated(summary):
        message = "The model did not summarize all of the document."
        notices.append(Notice(code="summary-truncated", message=message))
    if (indexed or {}).get("pages_missing"):
        notices.append(_not_pictured((indexed or {})["pages_missing"]))
    notices += _row_notices(complete)
    if not (complete.complete or notices or _noted(extraction, UNFOUNDED)):
        notices.append(Notice(code="content-missing", message="A part of the document could not be read."))
    if _noted(extraction, UNFOUNDED):
        message = "Most values that the model gave stand nowhere in the document."
        notices.append(Notice(code="values-doubtful", message=message))
    if extraction is not None and extraction.get("data") is None:
        notices.append(Notice(code="no-data", message="No data that validates against the schema was found."))
    return ("partial" if notices else "succeeded"), notices


def _not_pictured(numbers: Sequence[int]) -> Notice:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    named = ", ".join(map(str, numbers[:NAMED]))
    message = f"These pages can be found by their text only, not by their pictures: {named}{more}."
    return Notice(code="pages-not-indexed", message=message)


def _unread(facts: Mapping[str, Any]) -> bool:
    return any(notice.get("code") in UNREAD for notice in facts.get("warnings", []))


def _truncated(made: Mapping[str, Any] | None) -> bool:
    return bool((made or {}).get("truncated", False))


def _row_notices(complete: Completeness) -> Iterator[Notice]:
    for path, count in complete.rows.items():
        if _differs(count):
            message = f"{count.counted} rows were counted on the pages, {count.returned} are in the result."
            yield Notice(code="rows-missing", message=message, where=path)
        if _doubtful(count):
            message = f"{count.unplaced} rows stand nowhere on the pages, or more often in the result than there."
            yield Notice(code="rows-unplaced", message=message, where=path)


def _differs(count: RowCount) -> bool:
    return count.counted not in (None, count.returned)


def _doubtful(count: RowCount) -> bool:
    """Where rows can be counted they can be found; a list in free words may be told in other ones."""
    return count.counted is not None and count.unplaced > 0


def _noted(extraction: Mapping[str, Any] | None, code: str) -> bool:
    return any(notice.get("code") == code for notice in (extraction or {}).get("warnings", []))


def first_problem(problems: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Of the failed stages' problems (by stage name) the one that came first in the job's course."""
    for name in ("read", *TASK_STAGES, "finish"):
        found = problems.get(name)
        if found:
            return dict(found)
    return None


def unknown_problem() -> dict[str, Any]:
    """A failure of which no stage has left a problem."""
    return {"type": URN + "internal-error", "title": "Something went wrong inside Sheaf."}
