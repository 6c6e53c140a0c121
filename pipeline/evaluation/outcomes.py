"""One label against one result: what became of each value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.evaluation.assignment import best_assignment
from pipeline.evaluation.labels import Field, Label, Rows
from pipeline.evaluation.values import Kind, holds, same

Outcome = Literal["right", "wrong", "missing", "spurious", "absent"]
"""`missing`: the label has a value and none was given; `spurious`: the other way round; `absent`: rightly none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What became of one value, or of a whole row."""

    field: str
    """Its JSON Pointer with `*` for rows."""
    outcome: Outcome
    truth: Any = None
    given: Any = None
    confidence: float | None = None
    """`None` where no value was given."""
    needs_review: bool = False
    evidence: tuple[Mapping[str, Any], ...] = ()
    held: bool | None = None
    """Whether some evidence holds the value's own text; `None` where no value was given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """All that became of one document."""

    items: list[Item]
    rows: list[Item]
    """Rows of arrays: `right` when every labelled cell is."""


def compare(label: Label, fields: Mapping[str, Mapping[str, Any]]) -> Compared:
    """Compare a label with a result's `fields` (JSON Pointer → value, confidence, evidence, …)."""
    items = [_scalar(field, fields.get(field.pointer)) for field in label.fields]
    rows: list[Item] = []
    for array in label.arrays:
        for row, cells in _array(array, fields):
            rows.append(row)
            items += cells
    return Compared(items=items, rows=rows)


def _scalar(field: Field, found: Mapping[str, Any] | None) -> Item:
    return _item(field.pointer, field.kind, field.value, found)


def _item(name: str, kind: Kind, truth: Any, found: Mapping[str, Any] | None) -> Item:  # noqa: ANN401 - JSON
    truth = None if truth == "" else truth
    given = None if found is None or found["value"] == "" else found["value"]
    if given is None or found is None:
        return Item(field=name, outcome="absent" if truth is None else "missing", truth=truth)
    right: Outcome = "wrong" if truth is not None else "spurious"
    if truth is not None and same(kind, truth, given):
        right = "right"
    evidence = tuple(found.get("evidence") or ())
    return Item(
        field=name,
        outcome=right,
        truth=truth,
        given=given,
        confidence=float(found["confidence"]),
        needs_review=bool(found.get("needs_review")),
        evidence=evidence,
        held=any(holds(kind, str(each.get("quote", "")), given) for each in evidence),
    )


def _array(array: Rows, fields: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Item, list[Item]]]:
    given = _rows_of(array.pointer, fields)
    pairs = dict(best_assignment([[_worth(array, truth, row) for row in given] for truth in array.rows]))
    for number, truth in enumerate(array.rows):
        row = given[pairs[number]] if number in pairs else None
        yield _row(array, truth, row)
    for number, row in enumerate(given):
        if number not in pairs.values():
            yield _row(array, None, row)


def _row(
    array: Rows, truth: Mapping[str, Any] | None, given: Mapping[str, Mapping[str, Any]] | None
) -> tuple[Item, list[Item]]:
    name = f"{array.pointer}/*"
    cells = [
        _item(name + column, kind, (truth or {}).get(column), (given or {}).get(column))
        for column, kind in array.columns.items()
        if truth is None or column in truth
    ]
    outcome: Outcome = "spurious" if truth is None else "missing" if given is None else "right"
    if outcome == "right" and any(cell.outcome not in ("right", "absent") for cell in cells):
        outcome = "wrong"
    seen = tuple(each for cell in (given or {}).values() for each in cell.get("evidence") or ())
    shown = None if given is None else {column: cell["value"] for column, cell in given.items()}
    return Item(field=name, outcome=outcome, truth=truth, given=shown, evidence=seen[:1]), cells


def _rows_of(where: str, fields: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Mapping[str, Any]]]:
    """The rows given for an array, in their order: column → field. A row of nothing but nulls is none."""
    rows: dict[int, dict[str, Mapping[str, Any]]] = {}
    for key, field in fields.items():
        if key.startswith(f"{where}/") and field["value"] not in (None, ""):
            index, slash, column = key[len(where) + 1 :].partition("/")
            if index.isdecimal():
                rows.setdefault(int(index), {})[slash + column] = field
    return [rows[index] for index in sorted(rows)]


def _worth(array: Rows, truth: Mapping[str, Any], row: Mapping[str, Mapping[str, Any]]) -> float:
    """How many cells agree. Rows that share nothing are not each other's."""
    return sum(
        1.0
        for column, value in truth.items()
        if value not in (None, "") and column in row and same(array.columns[column], value, row[column]["value"])
    )
