"""The rows of a table under its heading, grouped into items that may take several lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.extraction.layout.figures import FigureColumns, right_edges
from pipeline.extraction.layout.furniture import furniture
from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.readings import read_values
from pipeline.extraction.rules.tables.grid import GridRow, boundaries, sort_into
from pipeline.extraction.rules.tables.headers import Header
from pipeline.extraction.rules.targets import NUMERIC, Target
from pipeline.extraction.values.numbers import find_numbers

FAR = 6.0
"""Gap that ends a table, in heights of a line."""
CLOSE = 1.6
"""Gap up to which a line continues the item above it."""
FOOT, MAX_FOOT_ROWS = 0.85, 4
"""Share of the page's height from which on up to so many rows are its foot."""
MOST_OF_TOTALS = 2
"""Figures that rows of totals and taxes may have."""
LOOK_AHEAD = 12
"""Rows of the next page in which the table must go on."""
REMARKABLE = 3
"""Numeric columns from which on a row that begins like a remark ("Note: …") is an item all the same."""
_STOP_NAMES = (
    "net_total tax_total total amount_due amount_paid change rounding tax_summary payment_terms closing_balance "
    "total_credits total_debits"
)
_STOPS = frozenset(_STOP_NAMES.split())
"""Concepts whose labels end a table."""
_CARRIED = frozenset({"carried_forward", "opening_balance"})
_REMARK = re.compile(r"^\S[^:]{0,40}:(?!\S{0,2}$)")


@dataclass
class Item:
    """The lines of one item; the first numeric one is its anchor."""

    rows: list[GridRow] = field(default_factory=list)
    filled: set[int] = field(default_factory=set)
    """Numeric columns that have a value."""


class ItemTable:
    """The items under one heading, on its page and on the following ones."""

    def __init__(self, view: View, header: Header, targets: dict[str, Target], stops: Sequence[Header]) -> None:
        self._view = view
        self.header = header
        self._targets = targets
        self._other_headers = {row for other in stops if other is not header for row in range(other.first, other.last)}
        self._same = [other for other in stops if other is not header and other.owners == header.owners]

    @cached_property
    def body(self) -> list[Row]:
        """The rows that belong to the table."""
        rows = list(self._page_body(self.header.last, self.header.columns[0].box[3]))
        while rows and (following := self._next_page(rows[-1])):
            rows += following
        return rows

    def _page_body(self, start: int, bottom: float) -> Iterator[Row]:
        layout = self._view.layout
        if start >= len(layout.rows):
            return
        page = layout.rows[start].page
        columns = FigureColumns()
        for row in layout.rows[start : layout.pages[page][1]]:
            if row.page != self.header.page and page == self.header.page:
                return
            gap = (row.box[1] - bottom) / max(row.height, 1e-6)
            if row.index in self._other_headers or gap > FAR:
                return
            if ends_table(self._view, row) and not self._is_full(row, columns):
                return
            if row.index not in self._furniture and not carries_over(self._view, row):
                yield row
                columns.learn(row)
                bottom = max(bottom, row.box[3])

    def _is_full(self, row: Row, columns: FigureColumns) -> bool:
        """Whether a row that sounds like a total has all the figures of an item: those that most rows above it have.

        The first row has none above it and is held against the headings.
        """
        if columns.edges:
            return len(columns.edges) > MOST_OF_TOTALS and columns.filled_by(row)
        numeric = [column.box for index, column in enumerate(self.header.columns) if self._is_numeric(index)]
        edges, reach = right_edges(row), 3 * row.height
        met = sum(any(box[0] - reach < edge < box[2] + reach for edge in edges) for box in numeric)
        return len(numeric) > MOST_OF_TOTALS and met == len(numeric)

    def _is_numeric(self, column: int) -> bool:
        return column in self._kinds and self._kinds[column].kind in NUMERIC

    @property
    def _furniture(self) -> set[int]:
        return _furniture_of(self._view)

    def _next_page(self, last: Row) -> list[Row]:
        """The rows on the page after `last`, where the table has not ended before and goes on there."""
        layout = self._view.layout
        end = layout.pages[last.page][1]
        if end >= len(layout.rows):
            return []
        start = end
        repeated = next((h for h in self._same if h.page == layout.rows[end].page), None)
        behind = (row for row in layout.rows[last.index + 1 : end] if row.index not in self._furniture)
        rest = [row for row in behind if not carries_over(self._view, row)]
        if any(ends_table(self._view, row) for row in rest) or (repeated is None and not self._at_foot(rest)):
            return []
        if repeated is not None:
            start = repeated.last
        rows = list(self._page_body(start, layout.rows[start].box[1] if start < len(layout.rows) else 0.0))
        if repeated is None and not any(self._is_anchor(sort_into(row, self.edges)) for row in rows[:LOOK_AHEAD]):
            return []
        return rows

    def _at_foot(self, rows: Sequence[Row]) -> bool:
        """Whether rows behind the table are few and stand at the foot of the page."""
        height = self._view.layout.page_sizes.get(self.header.page, (0.0, 0.0))[1]
        return len(rows) <= MAX_FOOT_ROWS and all(row.box[1] > FOOT * height for row in rows)

    @cached_property
    def edges(self) -> list[float]:
        """The boundaries between the columns, from the rows of the heading's own page."""
        rows = list(self._page_body(self.header.last, self.header.columns[0].box[3]))
        return boundaries(self.header, rows)

    def column_of(self, owner: str) -> int | None:
        """The column of an owner."""
        return next((i for i, column in enumerate(self.header.columns) if column.owners[:1] == (owner,)), None)

    @cached_property
    def _kinds(self) -> dict[int, Target]:
        """Wanted targets by column."""
        found = {}
        for index, column in enumerate(self.header.columns):
            for owner in column.owners[:1]:
                if owner in self._targets:
                    found[index] = self._targets[owner]
        return found

    def _numeric(self, grid: GridRow) -> set[int]:
        """Columns of numbers or dates in which the row has one."""
        filled = set()
        for index, target in self._kinds.items():
            text = grid.text(index)
            if target.kind in NUMERIC | {"date"} and text and len(text) < 40:
                readings = read_values(target.kind, text, target.manner(self._view.locale))
                if readings and readings[0].start <= 4:
                    filled.add(index)
        return filled

    def _is_anchor(self, grid: GridRow) -> bool:
        filled = self._numeric(grid)
        remarks = sum(_REMARK.match(run.text) is not None for run in grid.row.runs)
        if remarks * 2 >= len(grid.row.runs) or (_REMARK.match(grid.row.text) and len(filled) < REMARKABLE):
            return False
        numeric = {index for index, target in self._kinds.items() if target.kind in NUMERIC | {"date"}}
        if not numeric:
            first = next(iter(self._kinds), 0)
            return bool(grid.text(first).strip())
        money = {index for index in filled if self._kinds[index].kind == "money"}
        return bool(money) or len(filled) >= min(2, len(numeric))

    @cached_property
    def items(self) -> list[Item]:
        """The items from top to bottom."""
        items: list[Item] = []
        waiting: list[GridRow] = []
        leading = self._description_first()
        previous: GridRow | None = None
        for row in self.body:
            grid = sort_into(row, self.edges)
            if self._is_anchor(grid):
                filled = self._numeric(grid)
                if items and previous is not None and self._completes(items[-1], filled, previous.row, row):
                    items[-1].rows.append(grid)
                    items[-1].filled |= filled
                else:
                    items.append(Item([*waiting, grid], filled))
                waiting = []
            elif _REMARK.match(row.text):
                waiting = []
                continue
            elif leading:
                waiting.append(grid)
            elif items and previous is not None and _gap(previous.row, row) < CLOSE:
                items[-1].rows.append(grid)
            else:
                continue
            previous = grid
        return items

    def _completes(self, item: Item, filled: set[int], above: Row, row: Row) -> bool:
        """Whether a row holds only what the item above still lacks, right under it."""
        return not filled & item.filled and _gap(above, row) < 0.6

    def _description_first(self) -> bool:
        """Whether descriptions stand over their numbers: the first numeric row has no text of its own."""
        texts = [index for index, target in self._kinds.items() if target.kind == "text"]
        for before, row in enumerate(self.body):
            grid = sort_into(row, self.edges)
            if self._is_anchor(grid):
                return before > 0 and not any(_has_words(grid.text(index)) for index in texts)
        return False


def ends_table(view: View, row: Row) -> bool:
    """Whether a row begins with a label of what follows tables: totals, payment, taxes."""
    first = row.runs[0]
    labels = [label for run in row.runs[:2] for label in view.labels.in_run(run) if not label.weak]
    leading = [label for label in labels if label.leads and label.owners & _STOPS]
    if not leading:
        return False
    amounts = any(_holds_amount(view, run) for run in row.runs)
    wordy = any(len(label.run.text) > 60 for label in leading)
    alone = len(row.runs) == 1 and not amounts and not leading[0].colon and not view.labels.is_label(first)
    return not wordy and not alone


def _holds_amount(view: View, run: Run) -> bool:
    """Whether an amount of money stands in a run, or a figure alone."""
    numbers = find_numbers(run.text, view.locale.decimal)
    return any(number.money_like for number in numbers) or (bool(numbers) and not _has_words(run.text))


def carries_over(view: View, row: Row) -> bool:
    """Whether a row only carries a sum over from page to page: no item, and not the end."""
    labels = [label for run in row.runs[:2] for label in view.labels.in_run(run)]
    return any(label.leads and label.owners & _CARRIED for label in labels)


def _has_words(text: str) -> bool:
    return sum(char.isalpha() for char in text) >= 3


def _gap(above: Row, below: Row) -> float:
    """The gap between two rows in heights of a line; large where a page lies between."""
    if above.page != below.page:
        return FAR
    return (below.box[1] - above.box[3]) / max(min(above.height, below.height), 1e-6)


def _furniture_of(view: View) -> set[int]:
    if view.furniture is None:
        view.furniture = furniture(view.layout)
    return view.furniture


def text_spans(rows: Sequence[GridRow], column: int) -> list[tuple[Run, int, int]]:
    """The spans of a column over the lines of an item."""
    return [span for grid in rows for span in grid.cells[column]]
