"""Candidates for one leaf: values where its labels point, and values whose form needs no label."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pipeline.extraction.layout.runs import Layout, Row, Run
from pipeline.extraction.rules.hits import Hit, make_hit
from pipeline.extraction.rules.labels import LabelIndex, Occurrence
from pipeline.extraction.rules.readings import KINDS_WITH_FORM, Reading, read_values
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.rules.tokens import keys
from pipeline.extraction.rules.zones import Zone, zones_of
from pipeline.extraction.values.locale import Locale

RELATION_SCORE = {"inside": 0.9, "right": 0.88, "below": 0.72, "above": 0.4}
RANK_DECAY = 0.8
"""Each further run to the right or below counts that much less."""
LATER = 0.04
"""What standing at the very end adds to a label of the total."""
WEAK = 0.75
NOT_LEADING = 0.6
"""A label inside a sentence."""
_NUMBER_WORD = re.compile(r"(?i)\b(?:nr|no|num)[.:]\s*(?=\S*\d)|\bn[°º][.:]?\s*(?=\S*\d)")
TEXT_KINDS = frozenset({"text", "company", "person", "address", "jurisdiction"})
MAX_OCCURRENCES = 400
"""Of one leaf's labels; the first and the last ones are looked at in longer documents."""


@dataclass
class View:
    """A document as the rules see it."""

    layout: Layout
    labels: LabelIndex
    locale: Locale
    tables: set[int] = field(default_factory=set)
    """Rows that belong to tables of items, where labels of fields mean nothing."""
    furniture: set[int] | None = None
    """Rows that only furnish pages, once they have been looked for."""
    _keys: dict[Run, tuple[str, ...]] = field(default_factory=dict)

    def keys_of(self, run: Run) -> tuple[str, ...]:
        """The keys of a run's tokens, which many properties ask for."""
        if run not in self._keys:
            self._keys[run] = keys(run.text)
        return self._keys[run]


def labelled_hits(view: View, target: Target) -> list[Hit]:
    """Values of the target's kind that its labels point at."""
    occurrences = view.labels.of(target.owners)
    if len(occurrences) > MAX_OCCURRENCES:
        occurrences = occurrences[: MAX_OCCURRENCES // 2] + occurrences[-MAX_OCCURRENCES // 2 :]
    plain = [occurrence for occurrence in occurrences if occurrence.run.row not in view.tables]
    return [hit for occurrence in plain for hit in _column_total(list(_hits_of(view, target, occurrence)))]


def _column_total(hits: list[Hit]) -> list[Hit]:
    """Of amounts under one label the last, where it is the sum of those above it."""
    column = [hit for hit in hits if hit.source == "label:below" and isinstance(hit.value, Decimal)]
    if len(column) < 3 or abs(sum(hit.value for hit in column[:-1]) - column[-1].value) > Decimal("0.02"):
        return hits
    last = column[-1]
    return [make_hit(last.value, RELATION_SCORE["below"], "label:column", last.spans, last.currency)]


def _hits_of(view: View, target: Target, occurrence: Occurrence) -> Iterator[Hit]:
    weak = occurrence.weak.intersection(target.owners) and not set(target.owners) & (
        occurrence.owners - occurrence.weak
    )
    own = target.key in occurrence.owners
    strength = (WEAK if weak else 1.0) * (1.0 if occurrence.leads else NOT_LEADING)
    strength *= 1.0 if occurrence.words > 1 or own else 0.95
    if not occurrence.leads and _names_document(view, occurrence):
        strength /= NOT_LEADING * 1.05
    if target.kind in TEXT_KINDS and not (
        occurrence.leads and (occurrence.colon or view.labels.is_label(occurrence.run))
    ):
        return
    for zone in zones_of(occurrence, view.layout, view.labels):
        if weak and zone.relation == "below" and not _in_heading_row(view, occurrence):
            continue
        place = _past_number_word(zone) if weak else zone
        reading = _read(view, target, place, close=not occurrence.leads or bool(weak))
        if reading is None or (weak and reading.quality < 1.0):
            continue
        value = target.fit(reading.value)
        if value is not None:
            if target.concept == "total":
                strength = min(1.0, strength * (1 + LATER * occurrence.run.row / len(view.layout.rows)))
            score = strength * RELATION_SCORE[zone.relation] * RANK_DECAY**zone.rank * reading.quality
            span = (place.run, place.start + reading.start, place.start + reading.end)
            yield make_hit(value, score, f"label:{zone.relation}", [span], reading.currency)
            if target.kind in TEXT_KINDS:
                return


def _past_number_word(zone: Zone) -> Zone:
    """The zone from behind its "No." on: "Rechnung des Versicherers Nr. 4711"."""
    word = _NUMBER_WORD.search(zone.text)
    return zone if word is None else replace(zone, start=zone.start + word.end())


def _names_document(view: View, occurrence: Occurrence) -> bool:
    """Whether the number of the document stands before it in the same row: "Invoice No. 4711 of 3 May 2024"."""
    runs = view.layout.rows[occurrence.run.row].runs
    before = [run for run in runs if run.box[0] < occurrence.run.box[0]] + [occurrence.run]
    named = any("invoice_number" in label.owners for run in before for label in view.labels.in_run(run) if label.leads)
    numbers = [*(run.text for run in before[:-1]), occurrence.before]
    return named and any(char.isdigit() for text in numbers for char in text)


def _in_heading_row(view: View, occurrence: Occurrence) -> bool:
    """Whether at least two other labels fill runs of the same row: a row of headings with their values below."""
    others = [run for run in view.layout.rows[occurrence.run.row].runs if run is not occurrence.run]
    return sum(view.labels.is_label(run) for run in others) >= 2


def _read(view: View, target: Target, zone: Zone, *, close: bool) -> Reading | None:
    """The reading that counts: for money the last of the zone, else the first; `close` wants it at the beginning."""
    readings = read_values(target.kind, zone.text, target.manner(view.locale))
    if close:
        readings = [reading for reading in readings if reading.start <= 3]
    if not readings:
        return None
    if target.kind != "money":
        first = readings[0]
        lead = zone.text[: first.start]
        loose = 0.75 if sum(char.isalpha() for char in lead) > 3 else 1.0
        return Reading(first.start, first.end, first.value, first.quality * loose, first.currency)
    return max(readings, key=lambda reading: (round(reading.quality, 1), reading.start))


def bare_hits(view: View, target: Target) -> list[Hit]:
    """Values whose form speaks for itself, wherever they stand; the earlier the likelier."""
    if target.kind not in KINDS_WITH_FORM:
        return []
    hits: list[Hit] = []
    for run in _runs(view.layout):
        for reading in read_values(target.kind, run.text, target.manner(view.locale)):
            value = target.fit(reading.value) if reading.quality == 1.0 else None
            if value is not None:
                score = max(0.3, 0.55 - 0.01 * len(hits))
                hits.append(make_hit(value, score, "form", [(run, reading.start, reading.end)]))
    return hits


def early_dates(view: View, target: Target, rows: int = 40) -> list[Hit]:
    """Dates near the beginning, for documents that print theirs without a label; the first place of each."""
    hits: dict[str, Hit] = {}
    for row in view.layout.rows[:rows]:
        if row.index in view.tables or _other_date(view, target, row):
            continue
        for run in row.runs:
            for reading in read_values("date", run.text, target.manner(view.locale)):
                value = target.fit(reading.value)
                if value is not None and value not in hits:
                    score = (0.45 - 0.004 * row.index) * reading.quality
                    hits[value] = make_hit(value, score, "early-date", [(run, reading.start, reading.end)])
    return list(hits.values())


def _other_date(view: View, target: Target, row: Row) -> bool:
    """Whether a label in the row says that its date is another one."""
    labels = [label for run in row.runs for label in view.labels.in_run(run) if label.leads]
    others = {owner for label in labels for owner in label.owners if owner.endswith("_date")}
    return bool(others - set(target.owners)) and not any(set(target.owners) & label.owners for label in labels)


def _runs(layout: Layout) -> Iterator[Run]:
    for row in layout.rows:
        yield from row.runs
