"""The period a column of figures is about, from the words above it: "Three months ended March 31," over "2011"."""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline.extraction.values.dates import MONTHS, find_dates
from pipeline.extraction.values.folding import fold
from pipeline.extraction.values.locale import DateOrder

_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
YEAR = re.compile(
    r"(?<![\d.,/-])(?:fy|gj)?\s?'?((?:19|20)\d{2})(?:\s?[/–-]\s?(\d{2}|(?:19|20)\d{2}))?(?![\d]|[.,]\d|\s?%)"
)
"""A year, or a financial year that spans two: "2020/21"."""
_SHORT_YEAR = re.compile(r"(?<![a-z])(?:fy|gj|[qht][1-4]|[1-4][qht]|9m)\s?'?(\d{2})(?!\d)")
_DAY_MONTH = re.compile(r"(?<![\d.,])(\d{1,2})(?:st|nd|rd|th|er|\.)?\s*(?:of\s+|de\s+)?" + _MONTH)
_MONTH_DAY = re.compile(r"(?<![a-z])" + _MONTH + r"\s*(\d{1,2})(?!\d)")
_NUMERIC_DAY = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?!\d?\d?[.,]\d)")
_MONTH_ALONE = re.compile(r"(?<![a-z])" + _MONTH)
_QUARTER = re.compile(
    r"(?<![a-z0-9])(?:q\s?([1-4])|([1-4])q|t\s?([1-4])(?=\s)|([1-4])\.?\s?(?:st|nd|rd|th|er|e|o|º|°)?\s?"
    r"(?:quarter|quartal|trimestre|kwartaal)|(first|second|third|fourth)\s+(?:fiscal\s+)?quarter)(?![a-z])"
)
_HALF = re.compile(
    r"(?<![a-z0-9])(?:h\s?([12])|([12])h|s\s?([12])(?=\s)|([12])\.?\s?(?:st|nd|er|e|o|º|°)?\s?"
    r"(?:half|halbjahr|semestre|semester|halfjaar)|(first|second)\s+half)(?![a-z])"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_LENGTHS = {
    3: "three months|drei monate|trois mois|tres meses|tre mesi|drie maanden|3 months|3 monate|3m|quarter|quartal|"
    "trimestre|kwartaal|thirteen weeks|13 weeks",
    6: "six months|sechs monate|six mois|seis meses|sei mesi|zes maanden|6 months|6 monate|6m|half year|half-year|"
    "halbjahr|semestre|halfjaar|twenty-six weeks|26 weeks",
    9: "nine months|neun monate|neuf mois|nueve meses|nove mesi|negen maanden|9 months|9 monate|9m|39 weeks",
    12: "twelve months|zwolf monate|douze mois|doce meses|dodici mesi|twaalf maanden|12 months|12m|years? ended|"
    "years? ending|fiscal years?|financial years?|geschaftsjahre?s?|exercice|ejercicio|esercizio|boekjaar|fy|gj|annual|"
    "52 weeks|53 weeks|fifty-two weeks",
}
_LENGTH = {
    months: re.compile(r"(?<![a-z0-9])(?:" + words.replace(" ", r"[\s-]+") + r")(?![a-z])")
    for months, words in _LENGTHS.items()
}
"""Lengths in months, the shorter ones first: "three months of the financial year" are three."""
_RANGE = re.compile(r"\s*(?:to|through|until|bis|bis zum|au|a|al|hasta|tot|t/m|[-–])\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """What is known of a period; `None` where a text does not say."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    months: int | None = None

    def completed_by(self, other: "Period") -> "Period":
        """This period, and what only the other knows. Month and day belong together."""
        own = self.month is not None
        return Period(
            year=self.year if self.year is not None else other.year,
            month=self.month if own else other.month,
            day=self.day if own else other.day,
            months=self.months if self.months is not None else other.months,
        )

    @property
    def end(self) -> str | None:
        """The last day as ISO date; without a month the calendar year's, which a bare year stands for."""
        if self.year is None:
            return None
        month = self.month or 12
        last = monthrange(self.year, month)[1]
        return date(self.year, month, min(self.day or last, last)).isoformat()


def read_period(text: str, order: DateOrder = "DMY") -> Period:
    """What a text says about the period of the figures under it."""
    folded = fold(text)
    months = merged([_quarter(folded), _half(folded), _length(folded)])
    ends = [date.fromisoformat(found.iso) for found in find_dates(text, order)]
    days = list(_days(folded))
    between = _between(folded, days)
    if ends:
        last = max(ends)
        full = Period(year=last.year, month=last.month, day=last.day, months=_span(ends) or between)
        return full.completed_by(months)
    year = Period(year=_year(folded))
    named = Period(month=days[-1][0], day=days[-1][1], months=between) if days else Period()
    if months.month is not None:
        named = Period()
    return year.completed_by(named).completed_by(months)


def merged(periods: Iterable[Period]) -> Period:
    """What the texts say together, the earlier ones first."""
    known = Period()
    for period in periods:
        known = known.completed_by(period)
    return known


def _year(folded: str) -> int | None:
    matches = list(YEAR.finditer(folded))
    if matches:
        match = matches[-1]
        first = int(match[1])
        if match[2]:
            second = int(match[2]) if len(match[2]) == 4 else first - first % 100 + int(match[2])
            return second if second == first + 1 else first
        return first
    short = _SHORT_YEAR.search(folded)
    return 2000 + int(short[1]) if short else None


def _quarter(folded: str) -> Period:
    match = _QUARTER.search(folded)
    number = _number(match)
    return Period(month=3 * number, months=3) if number else Period()


def _half(folded: str) -> Period:
    number = _number(_HALF.search(folded))
    return Period(month=6 * number, months=6) if number else Period()


def _number(match: re.Match[str] | None) -> int | None:
    said = next((group for group in match.groups() if group), None) if match else None
    return None if said is None else _ORDINALS.get(said) or int(said)


def _length(folded: str) -> Period:
    for months, words in _LENGTH.items():
        match = words.search(folded)
        if match:
            ends = months if re.fullmatch(r"\d+m", match.group()) else None
            return Period(months=months, month=ends)
    return Period()


def _days(folded: str) -> Iterable[tuple[int, int | None]]:
    """Months with days, in the order of the text; a month alone only where no day is named."""
    found: list[tuple[int, int, int]] = []
    found += [(m.start(), MONTHS[m[2]], int(m[1])) for m in _DAY_MONTH.finditer(folded)]
    found += [(m.start(), MONTHS[m[1]], int(m[2])) for m in _MONTH_DAY.finditer(folded)]
    found += [(m.start(), int(m[2]), int(m[1])) for m in _NUMERIC_DAY.finditer(folded)]
    named = [(month, day) for _, month, day in sorted(found) if 1 <= month <= 12 and 1 <= day <= 31]
    return named or [(MONTHS[m[1]], None) for m in _MONTH_ALONE.finditer(folded) if len(m[1]) > 2]


def _between(folded: str, days: Iterable[tuple[int, int | None]]) -> int | None:
    """The months of a range: "1 January to 31 March", "January – March"."""
    known = list(days)
    if len(known) != 2 or not _RANGE.search(folded):
        return None
    (first, day), (last, _) = known
    return (last - first) % 12 + 1 if day in (None, 1) else None


def _span(ends: list[date]) -> int | None:
    """The months between the first of one month and the end of another."""
    if len(ends) != 2 or min(ends).day != 1:
        return None
    first, last = min(ends), max(ends)
    return (last.year - first.year) * 12 + last.month - first.month + 1
