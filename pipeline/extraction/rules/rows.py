"""Arrays of a schema: by specialists for what their concept means, else from tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.leaves import Array, Leaf, leaves
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.contracts.parties import contract_parties
from pipeline.extraction.rules.tables.arrays import read_table
from pipeline.extraction.rules.targets import Target, make_target

Values = dict[str, Candidate]
"""Values of one row by the key of their target."""


@dataclass
class ArrayRows:
    """The rows of one array."""

    array: Array
    rows: list[Values] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    """Rows of the layout they were read from."""


def array_rows(case: Case, array: Array) -> ArrayRows:
    """The rows of an array; none where nothing in the document fits."""
    specialist = _SPECIALISTS.get(case.array_concept(array) or "")
    if specialist is not None:
        rows = specialist(case, array)
        if rows:
            return ArrayRows(array, rows)
    table = read_table(case.view, array, case.lexicon)
    if table is None:
        return ArrayRows(array)
    lines = {row.index for row in table.lines} | set(range(table.header.first, table.header.last))
    return ArrayRows(array, [dict(row) for row in table.rows], lines)


def amounts_of(rows: list[Values], targets: list[Target]) -> list[Decimal]:
    """The amounts of the lines of a bill, for checking its totals."""
    keys = [target.key for target in targets if target.concept in ("item_amount", "item_net_amount")][:1]
    return [
        Decimal(row[key].value) for key in keys for row in rows if key in row and not isinstance(row[key].value, str)
    ]


def _contract_parties(case: Case, array: Array) -> list[Values]:
    rows: list[Values] = []
    targets = [make_target(leaf, case.lexicon) for leaf in leaves(array.item)]
    for party, score in contract_parties(case.flow):
        row: Values = {}
        for target in targets:
            text, start, end = party.name, party.start, party.end
            if target.concept == "party_role":
                text, start, end = party.role or "", party.role_start, party.role_end
            elif target.concept != "party_name" and not isinstance(array.item, Leaf):
                continue
            value = target.fit(" ".join(text.split())) if text else None
            if value is not None:
                row[target.key] = _placed(case, value, score, start, end)
        if row:
            rows.append(row)
    return rows


def _placed(case: Case, value: object, score: float, start: int, end: int) -> Candidate:
    return Candidate(value=value, score=score, source="parties", places=lambda: case.flow.evidence(start, end))


_SPECIALISTS: dict[str, Callable[[Case, Array], list[Values]]] = {
    "contract_parties": _contract_parties,
}
