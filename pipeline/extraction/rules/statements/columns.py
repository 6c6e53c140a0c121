"""Columns of figures and the periods that stand over them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.extraction.layout.runs import Layout, Row, Run, join_runs
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.statements.periods import Period, merged, read_period
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.folding import fold
from pipeline.extraction.values.locale import Locale
from pipeline.extraction.values.numbers import FoundNumber, find_numbers
from schemas.evidence import Box

MAX_UP = 70
"""Rows above a line in which the heading of its columns is looked for."""
OVER, UNDER = 4, 3
"""Rows over and under the years that may say more of their periods."""
REACH = 2.5
"""Distance between the edges of a figure and of its heading up to which they belong together, in heights."""
MANY = 100
"""A number from which on it is a figure rather than a day or a note's number."""
NEAR = 1.5
"""Gap up to which runs of a heading are one phrase, in heights: OCR tears "1 January" from "to 31 March"."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_LEAD = r"(?:(?:fy|gj|[qht]\s?[1-4]|[1-4]\s?[qht]|9m|6m|3m|12m)[\s/'-]*)"
_CELL = re.compile(rf"{_LEAD}?(?<![\d.,])(?:19|20)\d\d(?:\s?[/–-]\s?\d\d(?!\d))?(?![\d]|[.,]\d|\s?%)|{_LEAD}\d\d(?!\d)")


@dataclass(frozen=True, eq=False)
class Figure:
    """A number of a line."""

    number: FoundNumber
    run: Run

    @cached_property
    def box(self) -> Box:
        """Around its digits."""
        return self.run.box_of(self.number.start, self.number.end)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return (self.run, self.number.start, self.number.end)


@dataclass(frozen=True, eq=False)
class PeriodCell:
    """A year or date over a column."""

    span: Span
    period: Period
    more: tuple[Span, ...] = ()
    """Where the rest of its period was read: "Year ended December 31,"."""

    @property
    def box(self) -> Box:
        """Around its words."""
        run, start, end = self.span
        return run.box_of(start, end)


def figures_of(row: Row, locale: Locale) -> list[Figure]:
    """The numbers of a line, those in its label left out: they begin behind the last word of two letters."""
    kept: list[Figure] = []
    for run in row.runs:
        word = _last_word(run.text)
        found = [number for number in find_numbers(run.text, locale.decimal) if not number.percent]
        kept += [Figure(number, run) for number in found if number.end > word]
    return [each for each in kept if each.run is not row.runs[0] or not _begins(row, each)]


def _begins(row: Row, figure: Figure) -> bool:
    """Whether a number begins the line rather than following its label: an item number."""
    return figure.number.start == 0 and len(row.runs) > 1 and len(str(figure.number.value)) <= 2


def _last_word(text: str) -> int:
    """Where the last two letters of a text's last word begin: what ends up to there stands in the text; -1 without."""
    return max((match.end() - 2 for match in _WORD.finditer(text)), default=-1)


def period_cells(layout: Layout, row: Row, locale: Locale) -> list[PeriodCell]:
    """The years or dates of the nearest heading above a line, completed by what stands over, under and beside them."""
    first, _ = layout.pages[row.page]
    for index in range(row.index - 1, max(first, row.index - MAX_UP) - 1, -1):
        above = layout.rows[index]
        if len(above.text) > 300:
            continue
        phrases = _phrases(above)
        cells = list(_cells(phrases, locale))
        if cells and _is_heading(phrases, cells, locale):
            around = [phrases, *(_phrases(each) for each in _around(layout, index, row.index, locale))]
            return [_completed(cell, cells, around, locale) for cell in cells]
    return []


def _phrases(row: Row) -> list[Run]:
    """The runs of a heading's row, those near one another as one."""
    groups: list[list[Run]] = []
    for run in row.runs:
        if groups and run.box[0] - groups[-1][-1].box[2] < NEAR * min(run.height, groups[-1][-1].height):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [join_runs(group) for group in groups]


def _cells(phrases: Sequence[Run], locale: Locale) -> Iterator[PeriodCell]:
    for run in phrases:
        dates = find_dates(run.text, locale.order)
        spans = [(found.start, found.end) for found in dates]
        spans += [
            (match.start(), match.end())
            for match in _CELL.finditer(fold(run.text))
            if not any(start < match.end() and match.start() < end for start, end in spans)
        ]
        for start, end in sorted(spans):
            period = read_period(run.text[start:end], locale.order)
            if period.year is not None:
                yield PeriodCell((run, start, end), period)


def _is_heading(phrases: Sequence[Run], cells: Sequence[PeriodCell], locale: Locale) -> bool:
    """Whether a row is made of years: no other figures in it, and hardly a sentence around one."""
    covered = [cell.span for cell in cells]
    for run in phrases:
        for number in find_numbers(run.text, locale.decimal):
            inside = any(each is run and start <= number.start and number.end <= end for each, start, end in covered)
            if not inside and (number.money_like or abs(number.value) >= MANY):
                return False
    words = sum(len(run.text.split()) for run in phrases)
    alone = sum(end - start >= 0.4 * len(run.text.strip()) for run, start, end in covered)
    return alone >= 1 and (len(cells) >= 2 or words <= 14)


def _around(layout: Layout, heading: int, line: int, locale: Locale) -> list[Row]:
    """Rows near a heading that hold no figures of their own, the nearest first."""
    first, _ = layout.pages[layout.rows[heading].page]
    over = layout.rows[max(first, heading - OVER) : heading][::-1]
    under = layout.rows[heading + 1 : min(line, heading + 1 + UNDER)]
    near = []
    for rows in (over, under):
        for row in rows:
            if any(figure.number.money_like for figure in figures_of(row, locale)) or len(row.text) > 200:
                break
            near.append(row)
    return near


def _completed(
    cell: PeriodCell, cells: Sequence[PeriodCell], around: Sequence[Sequence[Run]], locale: Locale
) -> PeriodCell:
    """A cell with what the row's spanning headings and stub say about its period."""
    known, more = cell.period, []
    for phrases in around:
        run = _spanning(cell, cells, phrases)
        if run is None:
            continue
        said = read_period(run.text, locale.order)
        if run is not cell.span[0] or len(cells) == 1:
            said = Period(month=said.month, day=said.day, months=said.months)
        elif said.year is not None and said.year != known.year:
            said = Period(months=said.months)
        joined = merged([known, said])
        if joined != known:
            known = joined
            more.append((run, 0, len(run.text)))
    return PeriodCell(cell.span, known, tuple(more))


def _spanning(cell: PeriodCell, cells: Sequence[PeriodCell], phrases: Sequence[Run]) -> Run | None:
    """The run of a row that speaks of a cell: the one over it, else one left of all cells."""
    spoken = [run for run in phrases if _says_period(run)]
    if cell.span[0] in spoken:
        return cell.span[0]
    left = min(each.box[0] for each in cells)
    over = [run for run in spoken if run.box[2] > left]
    if over:
        nearest = min(over, key=lambda run: _distance(run.box, cell.box))
        several = [run for run in over if run is not nearest]
        reach = max(cell.box[2] for cell in cells) - left
        if not several or _distance(nearest.box, cell.box) < 0.5 * reach:
            return nearest
    stub = [run for run in spoken if run.box[2] <= left]
    return stub[-1] if stub else None


def _says_period(run: Run) -> bool:
    period = read_period(run.text)
    return period.months is not None or period.month is not None


def _distance(upper: Box, lower: Box) -> float:
    """How far two boxes are apart across the page; negative where they overlap."""
    return max(upper[0], lower[0]) - min(upper[2], lower[2])


def in_columns(figures: Sequence[Figure], cells: Sequence[PeriodCell]) -> list[tuple[Figure, PeriodCell]]:
    """Each figure with the period over it; figures under none (a change, a note) are left out."""
    options = sorted(
        ((_apart(figure.box, cell.box), i, j) for i, figure in enumerate(figures) for j, cell in enumerate(cells)),
    )
    taken: dict[int, int] = {}
    for apart, i, j in options:
        height = max(figures[i].box[3] - figures[i].box[1], cells[j].box[3] - cells[j].box[1])
        if i not in taken and j not in taken.values() and apart <= REACH * height:
            taken[i] = j
    return [(figures[i], cells[j]) for i, j in sorted(taken.items())]


def _apart(figure: Box, cell: Box) -> float:
    """The least distance of their left edges, middles or right edges."""
    right, left = abs(figure[2] - cell[2]), abs(figure[0] - cell[0])
    middle = abs(figure[0] + figure[2] - cell[0] - cell[2]) / 2
    return min(right, left, middle)
