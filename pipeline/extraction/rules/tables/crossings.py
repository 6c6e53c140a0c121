"""Single cells of tables: an object's name is the row, the name of its property the column, the value where they cross.

`{"sodium": {"per_serving": …, "daily_value": …}}` asks for what stands in the row "Sodium" under "Amount per serving"
and under "% Daily Value".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.leaves import Leaf
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, make_hit
from pipeline.extraction.rules.lexicon import Words
from pipeline.extraction.rules.targets import NUMERIC, Target
from pipeline.extraction.rules.tokens import tokenize, words_of_name
from pipeline.extraction.values.numbers import parse_number

SCORE = 0.7
MAX_UP = 40
"""Rows above a cell in which its heading is looked for."""
MOST_ROWS = 50
"""Rows that are looked at of those that begin with the name of an object."""
_TOTAL = ("total",)
_WRITTEN_ON = re.compile(r"\S*")
_MEASURE = re.compile(
    r"(?<![\w.,])([-−]?\d{1,3}(?:[.,\u00a0 ]\d{3})*(?:[.,]\d+)?|[-−]?\d+(?:[.,]\d+)?)\s?"
    r"(%|(?:m|k|µ|mc)?g|m?l|cl|dl|[mck]?m[²³]?|kwh|kj|kcal|cal|h|oz|lbs?|°c)?(?![\w])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Cell:
    """A number with what it is measured in; where it stands."""

    run: Run
    start: int
    end: int
    text: str
    unit: str


def crossing_hits(view: View, target: Target) -> Iterator[Hit]:
    """Values of a leaf where the row of its object crosses its own column; none for leaves without an object."""
    leaf = target.leaf
    if not is_cell(target) and not (len(leaf.path) > 1 and _is_unit(leaf)):
        return
    row_words, column = words_of_name(str(leaf.path[-2])), words_of_name(str(leaf.path[-1]))
    for row, label, end in islice(_rows(view, row_words), MOST_ROWS):
        stands_under = cache(partial(_stands_under, view, row, column))
        for cell in _cells(row, label, end):
            if _is_unit(leaf):
                if cell.unit and (value := target.fit(cell.unit)) is not None:
                    start = cell.end - len(cell.unit)
                    yield make_hit(value, SCORE, "crossing:unit", [(cell.run, start, cell.end)])
                    return
            elif stands_under(cell.run):
                parsed = parse_number(re.sub(r"[-−\s\u00a0]", "", cell.text), view.locale.decimal)
                value = None if parsed is None else target.fit(-parsed[0] if cell.text[0] in "-−" else parsed[0])
                if value is not None:
                    yield make_hit(value, SCORE, "crossing", [(cell.run, cell.start, cell.start + len(cell.text))])
                    return


def is_cell(target: Target) -> bool:
    """Whether a number of an object means no known concept: its name may be that of a column.

    Then several numbers under that name are other rows' as well.
    """
    return len(target.leaf.path) > 1 and target.concept is None and target.kind in NUMERIC


def _is_unit(leaf: Leaf) -> bool:
    return leaf.type == "string" and words_of_name(leaf.name) in (("unit",), ("units",))


def _rows(view: View, words: Words) -> Iterator[tuple[Row, Run, int]]:
    """Rows with a text that begins with the words, with that text and where the words end in it."""
    forms = [words, words[1:]] if words[:1] == _TOTAL and len(words) > 1 else [words]
    for form in forms:
        found = False
        for row in view.layout.rows:
            for run in row.runs:
                if form and view.keys_of(run)[: len(form)] == form:
                    found = True
                    yield row, run, _end_of(run.text, form)
        if found:
            return


def _end_of(text: str, words: Words) -> int:
    """Where the first words of a text end, with what is written on to the last of them."""
    last = tokenize(text)[len(words) - 1]
    rest = _WRITTEN_ON.match(text, last.end)
    return rest.end() if rest else last.end


def _cells(row: Row, label: Run, end: int) -> Iterator[_Cell]:
    """The measures behind a label, in its own text and in those to its right."""
    for run in row.runs[row.runs.index(label) :]:
        for match in _MEASURE.finditer(run.text, end if run is label else 0):
            yield _Cell(run, match.start(), match.end(), match[1], match[2] or "")


def _stands_under(view: View, row: Row, column: Words, cell: Run) -> bool:
    """Whether the nearest heading over the run of a cell holds the words of a column."""
    left, _, right, _ = cell.box
    for above in view.layout.above(row.index, MAX_UP):
        over = [run for run in above.runs if min(right, run.box[2]) - max(left, run.box[0]) > 0.3 * (right - left)]
        if any(_holds(view.keys_of(run), column) for run in over):
            return True
        if any(_names_a_column(view.keys_of(run)) for run in over if not _MEASURE.search(run.text)):
            return False
    return False


def _names_a_column(words: Sequence[str]) -> bool:
    """Whether a text is a heading of figures of its own kind: "Amount per serving", "% daily value"."""
    return bool({"per", "%", "value", "amount", "pro", "par", "por", "montant", "betrag"}.intersection(words))


def _holds(words: Words, column: Words) -> bool:
    return any(words[start : start + len(column)] == column for start in range(len(words) - len(column) + 1))
