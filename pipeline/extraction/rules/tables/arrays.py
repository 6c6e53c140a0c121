"""Arrays of a schema from the tables of a document."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.extraction.layout.runs import Row
from pipeline.extraction.leaves import Array, leaves
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, Span, make_hit
from pipeline.extraction.rules.labels import LabelBook
from pipeline.extraction.rules.lexicon import Lexicon
from pipeline.extraction.rules.readings import read_values
from pipeline.extraction.rules.tables.headers import Header, find_headers
from pipeline.extraction.rules.tables.items import Item, ItemTable, text_spans
from pipeline.extraction.rules.targets import NUMERIC, Target, make_target, own_labels

BASE = 0.8
"""Score of a value under its heading."""
_UNIT = re.compile(r"^\s*\d[\d.,\s]*\s*([A-Za-zÀ-ÿ][A-Za-zÀ-ÿ().]{0,11}?)\.?\s*$")

Values = dict[str, Hit]
"""Values of one row by the key of their target."""


@dataclass(frozen=True)
class TableRows:
    """The rows of an array, and the rows of the layout they were read from."""

    rows: list[Values]
    lines: list[Row]
    header: Header


def read_table(view: View, array: Array, lexicon: Lexicon) -> TableRows | None:
    """The rows of the table that fits an array best; `None` where the document has none that fits."""
    targets = {target.key: target for target in (make_target(leaf, lexicon) for leaf in leaves(array.item))}
    book = column_book(targets.values(), lexicon)
    wanted = {key: rank for rank, key in enumerate(by_preference(targets))}
    headers = find_headers(view.layout, book, wanted, least=min(2, len(targets)))
    best: TableRows | None = None
    used: set[int] = set()
    for header in headers:
        if header.first in used:
            continue
        table = ItemTable(view, header, targets, headers)
        rows = [values for item in table.items if (values := _values(view, table, item, targets))]
        used.update(row.index for row in table.body)
        used.update(h.first for h in headers if any(h.first - 1 <= row.index <= h.last for row in table.body))
        if rows and (best is None or _weight(rows) > _weight(best.rows)):
            best = TableRows(rows, table.body, header)
    return best


def column_book(targets: Iterable[Target], lexicon: Lexicon) -> LabelBook:
    """Labels of columns: of the targets, and of kindred concepts that are not asked for, so that they keep theirs."""
    book = LabelBook()
    asked = set()
    for target in targets:
        book.add(target.key, own_labels(target.leaf))
        if target.concept:
            book.add(target.key, lexicon.concepts[target.concept].labels)
            asked.add(target.concept)
    family = {name.split("_")[0] for name in asked}
    for concept in lexicon.concepts.values():
        if concept.scope == "column" and concept.name not in asked and concept.name.split("_")[0] in family:
            book.add(concept.name, concept.labels)
    return book


def by_preference(targets: dict[str, Target]) -> list[str]:
    """Amounts and descriptions before codes and rates: they are what a doubtful heading most likely means."""
    order = {"money": 0, "text": 1, "date": 1, "number": 2}
    return sorted(
        targets, key=lambda key: (order.get(targets[key].kind, 3), "amount" not in key, "description" not in key)
    )


def _weight(rows: Sequence[Values]) -> float:
    return sum(len(row) for row in rows) + 2.0 * max(len(row) for row in rows)


def _values(view: View, table: ItemTable, item: Item, targets: dict[str, Target]) -> Values:
    values: Values = {}
    for key, target in targets.items():
        column = table.column_of(key)
        if column is not None:
            hit = _hit(view, target, text_spans(item.rows, column))
            if hit is not None:
                values[key] = hit
    _add_unit(table, item, targets, values)
    described = any(targets[key].kind == "text" for key in values)
    return _checked(values, targets) if described or len(values) >= 2 else {}


def _hit(view: View, target: Target, spans: list[Span]) -> Hit | None:
    if target.kind in NUMERIC or target.kind in ("date", "id", "currency"):
        for run, start, end in spans:
            for reading in read_values(target.kind, run.text[start:end], target.manner(view.locale)):
                value = target.fit(reading.value)
                if value is not None:
                    span = (run, start + reading.start, start + reading.end)
                    return make_hit(value, BASE * max(reading.quality, 0.8), "table", [span], reading.currency)
        return None
    text = " ".join(run.text[start:end].strip() for run, start, end in spans).strip(" |")
    value = target.fit(text) if any(char.isalnum() for char in text) else None
    return None if value is None else make_hit(value, BASE, "table", spans)


def _add_unit(table: ItemTable, item: Item, targets: dict[str, Target], values: Values) -> None:
    """The unit printed behind the quantity, where it has no column of its own."""
    unit = next((t for t in targets.values() if t.concept == "item_unit" and t.key not in values), None)
    quantity = next((t for t in targets.values() if t.concept == "item_quantity" and t.key in values), None)
    column = table.column_of(quantity.key) if quantity else None
    if unit is None or column is None or table.column_of(unit.key) is not None:
        return
    for run, start, end in text_spans(item.rows, column):
        match = _UNIT.match(run.text[start:end])
        if match and unit.fit(match[1]) is not None:
            values[unit.key] = make_hit(
                match[1], BASE, "table:unit", [(run, start + match.start(1), start + match.end(1))]
            )


def _checked(values: Values, targets: dict[str, Target]) -> Values:
    """Scores raised where quantity times price is the amount, lowered where it is not."""
    by_concept = {targets[key].concept: key for key in values}
    keys = [by_concept.get(name) for name in ("item_quantity", "item_unit_price", "item_amount")]
    numbers = [values[key].value if key else None for key in keys]
    if not all(isinstance(number, Decimal | int) for number in numbers):
        return values
    quantity, price, amount = (Decimal(number) for number in numbers if number is not None)
    agrees = abs(quantity * price - amount) <= max(Decimal("0.02"), abs(amount) * Decimal("0.001"))
    factor = 1.15 if agrees else 0.75
    chosen = {key for key in keys if key}
    return {
        key: make_hit(hit.value, min(0.95, hit.score * factor), hit.source, hit.spans, hit.currency)
        if key in chosen
        else hit
        for key, hit in values.items()
    }
