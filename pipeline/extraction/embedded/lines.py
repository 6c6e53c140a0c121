"""The lines of an embedded invoice as rows of an array; each is held against the row of the page that says the same."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from pipeline.extraction.candidates import Candidate, same_value
from pipeline.extraction.confidence import CONTRADICTED, EMBEDDED
from pipeline.extraction.embedded.reconcile import DISAGREES, PRINTED, SILENT
from pipeline.extraction.embedded.statements import Statement, Statements, agree, typed
from pipeline.extraction.leaves import Array, Leaf, leaves
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.rows import ArrayRows, Values
from pipeline.extraction.rules.targets import Target, make_target
from pipeline.extraction.rules.tokens import words_of_name
from schemas.documents import Notice
from schemas.evidence import Evidence

_LIST_WORDS = "line lines item items position positions product products service services article articles"
_LISTS = frozenset(_LIST_WORDS.split())
"""Words of which an array of an invoice's lines is called by one."""
_TELLING = frozenset({"item_description", "item_amount", "item_net_amount", "item_quantity", "item_unit_price"})
_SAME = _TELLING | {"item_position", "item_code", "item_unit", "item_tax_rate"}
_KEYS = ("item_amount", "item_description", "item_code")
"""Values by which a row of the page is looked for."""
NEXT = 30
"""Rows with the same value that are looked at for one line: equal lines come in their order."""
LEAST = 2
"""Values in common from which on a row of the page is the same line."""


@lru_cache(maxsize=1)
def _unit_names() -> Mapping[str, str]:
    """Codes of UN/ECE Recommendations 20 and 21 → what they mean; others stay codes."""
    names: dict[str, str] = json.loads(
        files("pipeline.extraction.embedded").joinpath("units.json").read_text(encoding="utf-8")
    )
    return names


def with_lines(case: Case, found: ArrayRows, statements: Statements) -> tuple[ArrayRows, list[Notice]]:
    """The rows of an array, those of the embedded invoice in their place where the array means its lines."""
    targets = _targets(case, found.array)
    if not statements.rows or not targets:
        return found, []
    finder = _Finder(targets, found.rows)
    rows: list[Values] = []
    differing: list[int] = []
    for number, line in enumerate(statements.rows):
        read = finder.take(line)
        row, differs = _row(targets, line, read)
        rows.append(row)
        differing += [number] if differs else []
    notices = [
        Notice(
            code=DISAGREES,
            message="the embedded invoice and the page differ in this line; what differs is not given as sure",
            where=f"{''.join(f'/{step}' for step in found.array.path)}/{number}",
        )
        for number in differing
    ]
    return replace(found, rows=rows, proven=len(rows) if _adds_up(statements) else None), notices


def _targets(case: Case, array: Array) -> dict[str, Target]:
    """The leaves of the rows by the name of the value they mean; none where the array means something else."""
    if isinstance(array.item, Leaf) or not _LISTS.intersection(words_of_name(array.name)):
        return {}
    made = [make_target(leaf, case.lexicon) for leaf in leaves(array.item)]
    named = {target.concept: target for target in made if target.concept in _SAME}
    if "item_amount" not in named and "item_net_amount" in named:
        named["item_amount"] = named["item_net_amount"]
    named.pop("item_net_amount", None)
    return (
        {name: target for name, target in named.items() if name} if len(_TELLING.intersection(named)) >= LEAST else {}
    )


def _adds_up(statements: Statements) -> bool:
    """Whether the lines make up the sum of lines that the invoice states: then none is missing."""
    sums = {each.stated.value for each in statements.scalars.get("line_total", ())}
    amounts = [line["item_amount"].stated.value for line in statements.rows if "item_amount" in line]
    if len(sums) != 1 or len(amounts) < len(statements.rows):
        return False
    return sum(map(Decimal, amounts)) == Decimal(sums.pop())


class _Finder:
    """The rows of the page, each taken once."""

    def __init__(self, targets: Mapping[str, Target], rows: Sequence[Values]) -> None:
        self._targets = targets
        self._rows = rows
        self._free: dict[tuple[str, object], deque[int]] = {}
        self._taken: set[int] = set()
        for number, row in enumerate(rows):
            for name in _KEYS:
                read = row.get(targets[name].key) if name in targets else None
                if read is not None:
                    self._free.setdefault((name, same_value(read.value)), deque()).append(number)

    def take(self, line: Mapping[str, Statement]) -> Values:
        """The row that has most values in common with a line, the first of several; empty where none has enough."""
        near = {
            number
            for name in _KEYS
            if name in line and name in self._targets
            for number in self._next((name, same_value(typed(self._targets[name], line[name]))))
        }
        best = max(sorted(near), key=lambda number: self._common(line, number), default=None)
        if best is None or self._common(line, best) < LEAST:
            return {}
        self._taken.add(best)
        return self._rows[best]

    def _next(self, key: tuple[str, object]) -> list[int]:
        """The next rows with a value; those already taken stand mostly before them."""
        free = self._free.get(key, deque())
        while free and free[0] in self._taken:
            free.popleft()
        return [number for number in islice(free, NEXT) if number not in self._taken]

    def _common(self, line: Mapping[str, Statement], number: int) -> int:
        row = self._rows[number]
        return sum(
            agree(target, value, row[target.key].value)
            for name, target in self._targets.items()
            if name in line and target.key in row and (value := typed(target, line[name])) is not None
        )


def _row(targets: Mapping[str, Target], line: Mapping[str, Statement], read: Values) -> tuple[Values, bool]:
    """The values of a line, what only the page has among them, and whether the two differ."""
    row: Values = dict(read)
    differs = False
    for name, target in targets.items():
        value = typed(target, line[name]) if name in line else None
        printed = read.get(target.key)
        if value is None or (name == "item_unit" and printed is not None):
            continue  # the data has codes of units, the page says what they mean
        value = target.fit(_unit_names().get(value, value)) if name == "item_unit" else value
        same = printed is not None and agree(target, value, printed.value)
        if same and printed is not None and same_value(value) == same_value(printed.value):
            value = printed.value
        doubtful = printed is not None and not same
        differs = differs or doubtful
        row[target.key] = _candidate(value, line[name], printed if same else None, doubtful=doubtful)
    return row, differs


def _candidate(value: Any, statement: Statement, printed: Candidate | None, *, doubtful: bool) -> Candidate:  # noqa: ANN401
    def places() -> list[Evidence]:
        return [statement.evidence, *(printed.places() if printed is not None else ())]

    score = (SILENT if printed is None else PRINTED) * (CONTRADICTED if doubtful else 1.0)
    return Candidate(value=value, score=score, source=EMBEDDED, places=places)
