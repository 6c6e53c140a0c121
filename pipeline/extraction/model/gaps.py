"""Parts that no model answered, told in words."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from pipeline.extraction.model.answers import Gap, GapReason
from pipeline.prompting.page_numbers import spelled
from schemas.documents import Notice

_WORDS: dict[GapReason, str] = {
    "answer-cut": "The model's answer was cut at its length limit",
    "answer-loop": "The model repeated itself without end",
    "answer-refused": "The model refused to answer",
    "answer-invalid": "The model's answer did not fit the schema",
    "context-exceeded": "The request did not fit the model's context",
    "calls-used-up": "All requests allowed for this document were used up",
}


def gap_notices(gaps: Iterable[Gap]) -> Iterator[Notice]:
    """One notice a reason, with all its parts."""
    for reason, group in groupby(sorted(gaps, key=lambda gap: gap.reason), key=lambda gap: gap.reason):
        same = list(group)
        parts = sorted({part for gap in same for part in gap.parts})
        detail = next((gap.detail for gap in same if gap.detail), "")
        message = f"{_WORDS[reason]}: {spelled(parts)}." + (f" {detail}" if detail else "")
        yield Notice(code=reason, message=message, where=f"page {parts[0]}" if len(parts) == 1 else None)
