"""Where the value of a label is looked for: behind it, to its right, below it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.extraction.layout.runs import Layout, Run
from pipeline.extraction.rules.labels import LabelIndex, Occurrence

_NUMBER_WORD = re.compile(r"(?:[-–]\s+)?(?:(?:nr|no|num)[.:°]|n[°º][.:]?|[-–]\s)\s*(?=\S*\d)", re.IGNORECASE)
"""What may stand before a number: "Nr. 4711", "- 4711"."""
Relation = Literal["inside", "right", "below", "above"]
ROWS_BELOW = 6
"""Rows looked at for the first value under a label."""
FAR_BELOW = 2.6
"""Gap between label and value under it, in heights of the label."""
FAR_RIGHT = 4
"""Runs looked at to the right."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The characters `start` to `end` of a run, where a label's value may stand; `rank` counts from the nearest."""

    run: Run
    start: int
    end: int
    relation: Relation
    rank: int = 0

    @property
    def text(self) -> str:
        """What stands there."""
        return self.run.text[self.start : self.end]


def zones_of(occurrence: Occurrence, layout: Layout, labels: LabelIndex) -> list[Zone]:
    """The zones of a label, the most likely first."""
    inside = _inside(occurrence, labels)
    right = list(_right(occurrence, layout, labels)) if inside is None or len(inside.text) < 40 else []
    beside = [*([inside] if inside else []), *right]
    below = [] if inside or not _stands_alone(occurrence, labels) else list(_below(occurrence, layout, labels))
    return beside + below


def _inside(occurrence: Occurrence, labels: LabelIndex) -> Zone | None:
    """The rest of the label's own run, up to the next label."""
    run = occurrence.run
    following = [each.start for each in labels.in_run(run) if each.start >= occurrence.end and not each.weak]
    end = next((start for start in following if _opens_label(run, start, labels)), len(run.text))
    start = skip_punctuation(run.text, occurrence.end, end)
    return (
        Zone(run, start, end, "inside")
        if any(char.isalnum() or char in "✓✔☑☒☐" for char in run.text[start:end])
        else None
    )


def _opens_label(run: Run, start: int, labels: LabelIndex) -> bool:
    """Whether the label at `start` is one of its own rather than a word of the value: only if a colon follows it."""
    return any(each.start == start and each.colon for each in labels.in_run(run))


def skip_punctuation(text: str, start: int, end: int) -> int:
    """Past colons, dots, dashes and one remark in parentheses, "(EUR)" or "(6%)"."""
    for _ in range(2):
        while start < end and text[start] in " :.=#)]*|\u00a0–—»":
            start += 1
        if start < end and text[start] == "(" and 0 < text.find(")", start, end) - start <= 25:
            close = text.find(")", start, end)
            if text[close + 1 : end].strip(" :.=") or not any(char.isdigit() for char in text[start:close]):
                start = close + 1
    number = _NUMBER_WORD.match(text, start, end)
    return number.end() if number else start


def _right(occurrence: Occurrence, layout: Layout, labels: LabelIndex) -> Iterator[Zone]:
    rank = 0
    for run in layout.right_of(occurrence.run)[:FAR_RIGHT]:
        own = labels.in_run(run)
        if labels.is_label(run) or (own and own[0].leads and own[0].colon and own[0].start < 3):
            return
        start = skip_punctuation(run.text, 0, len(run.text))
        if any(char.isalnum() or char in "✓✔☑☒☐" for char in run.text[start:]):
            yield Zone(run, start, len(run.text), "right", rank)
            rank += 1


def _stands_alone(occurrence: Occurrence, labels: LabelIndex) -> bool:
    return occurrence.leads and (labels.is_label(occurrence.run) or bool(occurrence.weak))


def _below(occurrence: Occurrence, layout: Layout, labels: LabelIndex) -> Iterator[Zone]:
    """Runs under the label, as long as they follow one another closely."""
    label = occurrence.box
    bottom, height = label[3], max(label[3] - label[1], 1e-6)
    rank = 0
    for row in layout.below(occurrence.run.row, ROWS_BELOW):
        if row.box[1] - bottom > FAR_BELOW * height:
            return
        run = next((run for run in row.runs if aligned(label, run)), None)
        if run is None:
            continue
        if labels.is_label(run) and rank == 0:
            return
        yield Zone(run, 0, len(run.text), "below", rank)
        bottom, rank = run.box[3], rank + 1


def aligned(label: tuple[float, float, float, float], run: Run) -> bool:
    """Whether a run stands under a label: left, right or centre agree, or one lies within the other."""
    left, _, right, _ = run.box
    tolerance = run.height
    if abs(left - label[0]) < tolerance or abs(right - label[2]) < tolerance:
        return True
    if abs((left + right) - (label[0] + label[2])) < 2 * tolerance:
        return True
    shared = min(right, label[2]) - max(left, label[0])
    return shared > 0.6 * min(right - left, label[2] - label[0])
