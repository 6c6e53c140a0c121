"""Arrays of a schema: pairs of a form, specialists for what an array's concept means, tables, and lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.confidence import PAIR
from pipeline.extraction.leaves import Array, Leaf, leaves
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.contracts.parties import contract_parties
from pipeline.extraction.rules.forms.pairs import form_pairs, pair_leaves
from pipeline.extraction.rules.hits import Span, make_hit
from pipeline.extraction.rules.lists import ListItem, list_items
from pipeline.extraction.rules.meetings import Stretch, actions_said, decisions_said, read_action
from pipeline.extraction.rules.resumes import Station, stations
from pipeline.extraction.rules.statements.series import read_series
from pipeline.extraction.rules.tables.arrays import read_table
from pipeline.extraction.rules.targets import Target, make_target
from pipeline.extraction.values.folding import fold

LISTED, SAID = 0.75, 0.5
"""Scores of items of a list under its heading, and of sentences that sound like one."""

Values = dict[str, Candidate]
"""Values of one row by the key of their target."""


@dataclass
class ArrayRows:
    """The rows of one array."""

    array: Array
    rows: list[Values] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    """Rows of the layout they were read from."""
    table: bool = False
    """Whether they come from a table, so that rows can be counted on the pages."""
    proven: int | None = None
    """How many there are for certain."""


def array_rows(case: Case, array: Array) -> ArrayRows:
    """The rows of an array; none where nothing in the document fits."""
    if pair_leaves(array) is not None:
        return ArrayRows(array, _pairs(case, array))
    specialist = _SPECIALISTS.get(case.array_concept(array) or "")
    rows = specialist(case, array) if specialist is not None else []
    if not rows and isinstance(array.item, Leaf):
        rows = _listed(case, array)
    if rows or isinstance(array.item, Leaf):
        return ArrayRows(array, rows)
    series, lines = read_series(case.view, array, case.lexicon)
    if series:
        return ArrayRows(array, series, lines)
    table = read_table(case.view, array, case.lexicon)
    if table is None:
        return ArrayRows(array, _tasks(case, array), table=specialist is None)
    lines = {row.index for row in table.lines} | set(range(table.header.first, table.header.last))
    return ArrayRows(array, [dict(row) for row in table.rows], lines, table=True)


def amounts_of(rows: list[Values], targets: list[Target]) -> list[Decimal]:
    """The amounts of the lines of a bill, for checking its totals."""
    keys = [target.key for target in targets if target.concept in ("item_amount", "item_net_amount")][:1]
    return [
        Decimal(row[key].value) for key in keys for row in rows if key in row and not isinstance(row[key].value, str)
    ]


def _targets(case: Case, array: Array) -> list[Target]:
    return [make_target(leaf, case.lexicon) for leaf in leaves(array.item)]


def _owners(case: Case, array: Array) -> list[str]:
    concept = case.array_concept(array)
    return [pointer_of(array), concept] if concept else [pointer_of(array)]


def pointer_of(array: Array) -> str:
    """The pointer of an array, which owns its labels."""
    return "".join(f"/{step}" for step in array.path)


def _pairs(case: Case, array: Array) -> list[Values]:
    found = pair_leaves(array)
    assert found is not None
    key, value = (make_target(leaf, case.lexicon) for leaf in found)
    rows: list[Values] = []
    for pair in form_pairs(case.view):
        row = _row(
            [(key, list(pair.key)), (value, list(pair.value))],
            min(0.97, pair.score / 6),
            f"{PAIR}{pair.relation}",
            pair.marks,
        )
        if key.key in row:
            rows.append(row)
    return rows


def _row(
    parts: Iterable[tuple[Target | None, list[Span]]],
    score: float,
    source: str = "list",
    marks: Mapping[str, float] | None = None,
) -> Values:
    """Texts of spans as the values of one row."""
    row: Values = {}
    for target, spans in parts:
        if target is None or not spans:
            continue
        text = " ".join(run.text[start:end].strip() for run, start, end in spans)
        value = target.fit(text)
        if value is not None and text:
            row[target.key] = make_hit(value, score, source, spans, marks=marks)
    return row


def _listed(case: Case, array: Array, *, split: bool = True) -> list[Values]:
    items = list_items(case.view, _owners(case, array), split=split)
    target = _targets(case, array)[0]
    return [row for item in items if (row := _row([(target, list(item.spans))], LISTED))]


def _sentences(case: Case, array: Array) -> list[Values]:
    """Decisions: a list, else sentences that state one."""
    listed = _listed(case, array, split=False) if isinstance(array.item, Leaf) else []
    return listed or [_said(case, _targets(case, array)[0], stretch) for stretch in decisions_said(case.flow)]


def _said(case: Case, target: Target, stretch: Stretch) -> Values:
    text = " ".join(case.flow.text[stretch.start : stretch.end].split())
    value = target.fit(text)
    return {} if value is None else {target.key: _placed(case, value, SAID, stretch)}


def _placed(case: Case, value: object, score: float, stretch: Stretch) -> Candidate:
    flow, start, end = case.flow, stretch.start, stretch.end
    return Candidate(value=value, score=score, source="said", places=lambda: flow.evidence(start, end))


def _tasks(case: Case, array: Array) -> list[Values]:
    """Tasks: items of a list, else sentences; with who and until when."""
    if case.array_concept(array) != "action_items" or isinstance(array.item, Leaf):
        return []
    by_concept = {target.concept: target for target in _targets(case, array)}
    items = list_items(case.view, _owners(case, array), split=False)
    if items:
        return [row for item in items if (row := _listed_task(case, by_concept, item))]
    return [row for stretch in actions_said(case.flow) if (row := _said_task(case, by_concept, stretch))]


def _listed_task(case: Case, targets: dict[str | None, Target], item: ListItem) -> Values:
    row = _row([(targets.get("task_description"), list(item.spans))], LISTED)
    run, start, end = item.spans[0]
    text = run.text[start:end]
    action = read_action(text, fold(text), case.view.locale)
    for concept, part in (("task_owner", action.owner), ("task_due", action.due)):
        if part is not None:
            row |= _row([(targets.get(concept), [(run, start + part.start, start + part.end)])], LISTED)
    return row


def _said_task(case: Case, targets: dict[str | None, Target], stretch: Stretch) -> Values:
    target = targets.get("task_description")
    row = _said(case, target, stretch) if target is not None else {}
    flow = case.flow
    action = read_action(
        flow.text[stretch.start : stretch.end], flow.folded[stretch.start : stretch.end], case.view.locale
    )
    for concept, part in (("task_owner", action.owner), ("task_due", action.due)):
        other = targets.get(concept)
        if part is not None and other is not None and row:
            row |= _said(case, other, Stretch(stretch.start + part.start, stretch.start + part.end))
    return row


def _stations(case: Case, array: Array) -> list[Values]:
    targets = {target.leaf.name: target for target in _targets(case, array)}
    found = stations(case.view, _owners(case, array))
    return [row for station in found if (row := _row(_station_parts(station, targets), LISTED - 0.1))]


_TITLES = ("title", "position", "role", "job_title", "degree", "subject", "qualification")
_PLACES = ("organization", "organisation", "company", "employer", "institution", "school", "university")


def _station_parts(station: Station, targets: dict[str, Target]) -> list[tuple[Target | None, list[Span]]]:
    def named(*names: str) -> Target | None:
        return next((targets[name] for name in names if name in targets), None)

    def some(span: Span | None) -> list[Span]:
        return [span] if span is not None else []

    return [
        (named(*_TITLES), some(station.title)),
        (named(*_PLACES), some(station.place)),
        (named("start", "start_date", "from"), some(station.start)),
        (named("end", "end_date", "to"), some(station.end)),
        (named("description", "details", "summary"), station.text),
    ]


def _contract_parties(case: Case, array: Array) -> list[Values]:
    rows: list[Values] = []
    for party, score in contract_parties(case.flow):
        row: Values = {}
        for target in _targets(case, array):
            role = target.concept == "party_role"
            if not role and target.concept != "party_name" and not isinstance(array.item, Leaf):
                continue
            stretch = Stretch(party.role_start, party.role_end) if role else Stretch(party.start, party.end)
            text = party.role if role else party.name
            value = target.fit(" ".join(text.split())) if text else None
            if value is not None:
                row[target.key] = _placed(case, value, score, stretch)
        if row:
            rows.append(row)
    return rows


_SPECIALISTS: dict[str, Callable[[Case, Array], list[Values]]] = {
    "contract_parties": _contract_parties,
    "decisions": _sentences,
    "experience": _stations,
    "education": _stations,
}
