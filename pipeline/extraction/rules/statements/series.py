"""Arrays of a schema that ask for one line of a statement, period by period: value, unit, currency, period, months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.leaves import Array, Object, leaves
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Span, make_hit
from pipeline.extraction.rules.lexicon import Lexicon, Words
from pipeline.extraction.rules.statements.columns import Figure, PeriodCell, figures_of, in_columns, period_cells
from pipeline.extraction.rules.statements.lines import Answer, Line, answers, lines_of, section_total, unnamed_total
from pipeline.extraction.rules.statements.scales import Scale, find_currency, find_unit
from pipeline.extraction.rules.targets import NUMERIC, Target, make_target
from pipeline.extraction.rules.tokens import keys, words_of_name

BASE = 0.85
INFERRED = 0.75
"""Factor for the end of a period of which only the year is printed."""
LEAST_FIT = 0.3
MOST_TRIED = 50
"""Lines whose label fits that are tried, the best first: each is a search for a heading."""
_PERIOD = frozenset({"period", "year", "quarter", "fiscal", "end", "ended", "ending"})
_MONTHS = frozenset({"months", "duration", "length"})
_UNIT = frozenset({"unit", "units", "scale", "magnitude", "multiplier"})
MOST_WORDS = 4
"""Words at the beginning of a description that may be a label."""

Values = dict[str, Candidate]


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which leaf of an item takes what."""

    value: Target
    period: Target
    unit: Target | None = None
    currency: Target | None = None
    months: Target | None = None


def series_roles(array: Array, lexicon: Lexicon) -> Roles | None:
    """The roles of an array's columns, where they are those of a series of figures and no others."""
    if not isinstance(array.item, Object):
        return None
    roles: dict[str, Target] = {}
    for target in (make_target(leaf, lexicon) for leaf in leaves(array.item)):
        role = _role(target)
        if role is None or role in roles:
            return None
        roles[role] = target
    return Roles(**roles) if {"value", "period"} <= roles.keys() else None


def _role(target: Target) -> str | None:
    words = set(words_of_name(target.leaf.name))
    if target.kind == "currency":
        return "currency"
    if words & _MONTHS:
        return "months"
    if words & _UNIT:
        return "unit"
    if words & _PERIOD:
        return "period"
    return "value" if target.kind in NUMERIC and target.leaf.type == "number" else None


def series_labels(array: Array, lexicon: Lexicon) -> list[Words]:
    """What a line may be called that an array asks for, the likeliest first."""
    concept = lexicon.concept_of(array.path, "series")
    own = [*array.texts, array.name.replace("_", " "), " ".join(array.described.split(",")[0].split()[:MOST_WORDS])]
    named = [keys(text) for text in own if text]
    described = [words[:length] for words in named[-1:] for length in range(len(words), 1, -1)]
    more = [*concept.labels] if concept else []
    return list(dict.fromkeys(words for words in [*more, *named, *described] if words))


def read_series(view: View, array: Array, lexicon: Lexicon) -> tuple[list[Values], set[int]]:
    """The rows of an array that is a series, and the rows of the layout they were read from."""
    roles = series_roles(array, lexicon)
    if roles is None:
        return [], set()
    lines, labels = list(lines_of(view.layout, view.locale)), series_labels(array, lexicon)
    found = answers(lines, labels)
    total = None if found and found[0].fit > 1.0 else section_total(view.layout, lines, labels)
    places = {line.row.index: place for place, line in enumerate(lines)}
    for answer in ([Answer(total, 1.0), *found] if total else found)[:MOST_TRIED]:
        if answer.fit < LEAST_FIT:
            break
        cells = period_cells(view.layout, answer.line.row, view.locale)
        if not cells:
            continue
        line = unnamed_total(lines, places[answer.line.row.index]) or answer.line
        placed = in_columns(line.figures, cells)
        if placed:
            return _rows(view, roles, answer, line, placed), {line.row.index, cells[0].span[0].row}
    return [], set()


def _rows(
    view: View, roles: Roles, answer: Answer, line: Line, placed: Sequence[tuple[Figure, PeriodCell]]
) -> list[Values]:
    heading = placed[0][1].span[0].row
    row = view.layout.rows[line.row.index]
    unit = _unit(view, row, heading)
    currency = find_currency(_places(view, row, heading, unit))
    score = BASE * min(1.0, answer.fit)
    rows = []
    for figure, cell in placed:
        values: dict[str, Candidate | None] = {
            roles.value.key: _hit(roles.value, figure.number.value, score, [figure.span]),
            roles.period.key: _period(roles.period, cell, score),
        }
        if roles.months is not None and (months := cell.period.months or _year_long(cell)) is not None:
            values[roles.months.key] = _hit(roles.months, months, score, list(cell.more or [cell.span]))
        if roles.unit is not None:
            values[roles.unit.key] = _unit_value(roles.unit, unit, score)
        if roles.currency is not None and currency is not None:
            values[roles.currency.key] = _hit(roles.currency, currency.value, score, [currency.span])
        rows.append({key: value for key, value in values.items() if value is not None})
    return [each for each in rows if roles.value.key in each]


def _year_long(cell: PeriodCell) -> int | None:
    """A column headed by nothing but a year is a year's."""
    return 12 if cell.period.month in (None, 12) else None


def _period(target: Target, cell: PeriodCell, score: float) -> Candidate | None:
    end = cell.period.end
    year = target.leaf.type == "integer" or words_of_name(target.leaf.name)[-1:] == ("year",)
    value: Any = end
    if year and cell.period.year is not None:
        value = cell.period.year if target.leaf.type == "integer" else str(cell.period.year)
    sure = 1.0 if cell.period.month is not None or year else INFERRED
    return None if value is None else _hit(target, value, score * sure, [cell.span, *cell.more])


def _hit(target: Target, value: Any, score: float, spans: Sequence[Span]) -> Candidate | None:  # noqa: ANN401 - JSON
    fitted = target.fit(value)
    return None if fitted is None else make_hit(fitted, score, "statement", spans)


def _unit(view: View, row: Row, heading: int) -> Scale | None:
    """The unit named in the line, around its heading, or above it on the page."""
    line, near, page = _around(view, row, heading)
    language = view.locale.language
    unit = find_unit(line, language=language) or find_unit(near, language=language)
    return unit or find_unit(page, language=language, remarks=True)


def _around(view: View, row: Row, heading: int) -> list[list[Run]]:
    layout = view.layout
    first, last = layout.pages[row.page]
    near = layout.rows[max(first, heading - 6) : row.index]
    between = [run for each in near if not figures_of(each, view.locale) or each.index <= heading for run in each.runs]
    page = [run for each in layout.rows[first:last] for run in each.runs if len(run.text) < 200]
    return [list(row.runs), between, page]


def _places(view: View, row: Row, heading: int, unit: Scale | None) -> list[list[Run]]:
    """Where a currency is looked for: the line, the run of the unit, around the heading, the page."""
    line, near, page = _around(view, row, heading)
    return [line, [unit.span[0]] if unit else [], near, page]


def _unit_value(target: Target, unit: Scale | None, score: float) -> Candidate | None:
    """The member of an enumeration or the word for a unit; "none" where a schema has that and the page names none."""
    members: Mapping[str, Any] = {str(member).lower(): member for member in target.leaf.members or ()}
    if unit is None:
        return None
    name = unit.value
    value = members.get(name, members.get(name.rstrip("s"), name if not members else None))
    return None if value is None else _hit(target, value, score, [unit.span])
