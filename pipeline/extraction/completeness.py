"""How many rows an array has on the pages, counted without regard to the values that were read.

Three counts are made where the document allows them: the numbers printed at the beginning of rows, the lines that
repeat one pattern of figures under the table's heading, and the rows of the tables that the reader found. None of them
knows columns' meanings or items' boundaries, which is where reading values goes wrong.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.extraction.layout.figures import SAME_EDGE, right_edges
from pipeline.extraction.layout.furniture import furniture
from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.leaves import Array, leaves
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.lexicon import Lexicon
from pipeline.extraction.rules.tables.arrays import by_preference, column_book
from pipeline.extraction.rules.tables.headers import Header, find_headers
from pipeline.extraction.rules.tables.items import ends_table
from pipeline.extraction.rules.targets import make_target
from schemas.documents import Document, Table

_NUMBERED = re.compile(r"[#(]?(\d{1,4})[.):]?")
COMMON = 0.3
"""A column of figures has at least this share of the fullest one's."""
ONE_ITEM = 0.6
"""Lines nearer than this, in heights, belong to one row when their columns do not overlap."""
LONG_SILENCE = 40
"""Lines without figures after which the table has ended."""
NUMBERED_SHARE = 0.8
MARKED_SHARE = 0.7
"""At least so many of the lines that begin with a figure have a further one; else beginnings say nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimates:
    """Counts of one array's rows, the most trustworthy first; empty where the pages do not allow a count."""

    counts: tuple[int, ...] = ()

    def against(self, returned: int) -> int | None:
        """The count to compare with: the most trustworthy one.

        A lesser one takes its place only where it agrees with more rows than that; that fewer rows came out is never
        excused by a lesser count.
        """
        if not self.counts:
            return None
        return returned if returned in self.counts and returned > self.counts[0] else self.counts[0]


def estimate_rows(document: Document, view: View, array: Array, lexicon: Lexicon) -> Estimates:
    """Count the rows of an array of objects whose columns a heading names."""
    targets = {target.key: target for target in (make_target(leaf, lexicon) for leaf in leaves(array.item))}
    if len(targets) < 2:
        return Estimates()
    book = column_book(targets.values(), lexicon)
    wanted = {key: rank for rank, key in enumerate(by_preference(targets))}
    headers = find_headers(view.layout, book, wanted)
    if not headers:
        return Estimates()
    best = max(headers, key=lambda header: (len(header.owners & set(wanted)), -header.first))
    if len(best.owners & set(wanted)) < 2:
        return Estimates()
    lines = _lines(view, best, headers)
    counts = [*_numbering(lines), *_pattern(view, lines), *_tables(document, best)]
    return Estimates(counts=tuple(dict.fromkeys(count for count in counts if count > 0)))


def _lines(view: View, header: Header, headers: Sequence[Header]) -> list[Row]:
    """All lines behind a heading up to the next different one, without repeated headings and furniture."""
    later = [other for other in headers if other.first >= header.last]
    others = [other for other in later if other.owners == header.owners or len(view.layout.rows[other.first].runs) > 1]
    repeated = {row for other in others if other.owners == header.owners for row in range(other.first, other.last)}
    end = min((other.first for other in others if other.owners != header.owners), default=len(view.layout.rows))
    skipped = furniture(view.layout) | repeated
    return [row for row in view.layout.rows[header.last : end] if row.index not in skipped]


def _pattern(view: View, lines: Sequence[Row]) -> list[int]:
    """Lines with figures in at least two of the columns that most lines have.

    A line that looks like a total is no row, unless it has as many figures as rows have; behind the first such line
    only full rows count. With one column of figures the totals end the table.

    The lines with figures in the leftmost of these columns are a second count: a date or a number begins a row whose
    other figures are left blank.
    """
    columns = _columns(lines)
    if not columns:
        return []
    typical = _typical([len(_hit(row, columns)) for row in lines])
    pool = lines if len(columns) >= 2 else _until_end(view, lines)
    count, marked, silence, ended = 0, 0, 0, False
    above: tuple[Row, set[int]] | None = None
    for row in pool:
        hit = _hit(row, columns)
        total = ends_table(view, row)
        marked += 0 in hit and not total
        ended = ended or total
        needed = max(typical, 3 if total else 2) if ended else min(2, len(columns))
        if len(hit) < needed:
            silence += 1
            if silence > LONG_SILENCE:
                break
            continue
        continues = above is not None and not hit & above[1] and _gap(above[0], row) < ONE_ITEM
        count, silence, above = count + (not continues), 0, (row, hit)
    return [count, marked] if count >= MARKED_SHARE * marked else [count]


def _hit(row: Row, columns: Sequence[tuple[float, float]]) -> set[int]:
    """The columns in which a line has figures."""
    figures = right_edges(row)
    return {i for i, (edge, width) in enumerate(columns) if any(abs(figure - edge) < width for figure in figures)}


def _typical(counts: Sequence[int]) -> int:
    """The median of those that are at least two."""
    full = sorted(count for count in counts if count >= 2)
    return full[len(full) // 2] if full else 2


def _until_end(view: View, lines: Sequence[Row]) -> list[Row]:
    body = []
    for row in lines:
        if ends_table(view, row):
            break
        body.append(row)
    return body


def _columns(lines: Sequence[Row]) -> list[tuple[float, float]]:
    """Right edges that figures of many lines share, with the distance that still counts."""
    clusters: list[list[tuple[float, float]]] = []
    for edge, height in sorted((edge, row.height) for row in lines for edge in right_edges(row)):
        if clusters and edge - clusters[-1][-1][0] < SAME_EDGE * height:
            clusters[-1].append((edge, height))
        else:
            clusters.append([(edge, height)])
    fullest = max((len(cluster) for cluster in clusters), default=0)
    least = max(2.0 if fullest > 2 else 1.0, COMMON * fullest)
    kept = [cluster for cluster in clusters if len(cluster) >= least]
    return [(sum(edge for edge, _ in c) / len(c), SAME_EDGE * max(height for _, height in c)) for c in kept]


def _numbering(lines: Sequence[Row]) -> list[int]:
    """The last of the numbers that begin rows, where they run from 1 (or from where they begin) without falling back.

    A number that is left out is counted all the same: a row that was not recognised still has its place.
    """
    numbers = [number for row in lines if (number := _leading_number(row.runs[0])) is not None]
    run: list[int] = []
    for number in numbers:
        if number == (run[-1] + 1 if run else 1) or (run and run[-1] < number <= run[-1] + 2):
            run.append(number)
    steady = len(run) >= 2 and len(run) >= NUMBERED_SHARE * run[-1]
    return [run[-1]] if steady else []


def _leading_number(run: Run) -> int | None:
    word = run.text.split(" ", 1)[0]
    match = _NUMBERED.fullmatch(word)
    return int(match[1]) if match else None


def _tables(document: Document, header: Header) -> list[int]:
    """Rows of the reader's tables whose heading has the same texts, with those that go on without a heading."""
    titles = {column.text.casefold() for column in header.columns}
    count, columns = 0, 0
    for table in _all_tables(document):
        grid = table.grid()
        first = max(1, table.header_rows)
        heading = " ".join(" ".join(row) for row in grid[:first]).casefold()
        if sum(title in heading for title in titles) >= max(2, len(titles) - 1):
            count, columns = count + _full_rows(grid[first:]), table.columns
        elif columns and table.columns == columns and any(char.isdigit() for char in heading):
            count += _full_rows(grid)
        else:
            columns = 0
    return [count]


def _full_rows(rows: Sequence[Sequence[str]]) -> int:
    """Rows with figures in as many cells as most have, less one; rows of totals have fewer.

    In a table of words rows count that fill as many cells as most, less one: lines that only wrap fill fewer.
    """
    figures = [sum(any(char.isdigit() for char in cell) for cell in row) for row in rows]
    if 2 * sum(figure > 0 for figure in figures) < len(figures):
        figures = [sum(any(char.isalnum() for char in cell) for cell in row) for row in rows]
    filled = sorted(count for count in figures if count)
    typical = filled[len(filled) // 2] if filled else 0
    return sum(count >= max(2, typical - 1) for count in figures)


def _all_tables(document: Document) -> Iterable[Table]:
    for page in document.pages:
        yield from (block.table for block in page.blocks if block.table is not None)
    yield from (block.table for block in document.blocks if block.table is not None)


def _gap(above: Row, below: Row) -> float:
    if above.page != below.page:
        return LONG_SILENCE
    return (below.box[1] - above.box[3]) / max(min(above.height, below.height), 1e-6)
