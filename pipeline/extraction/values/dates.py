"""Dates in text, in six languages and many orders, as ISO 8601."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.extraction.values.folding import fold
from pipeline.extraction.values.locale import DateOrder

_MONTH_NAMES = (
    "january januar janvier enero gennaio januari jan janv ene gen",
    "february februar fevrier febrero febbraio februari feb fev fevr",
    "march marz mars marzo maart mar mrz mrt maerz",
    "april avril abril aprile apr avr abr",
    "may mai mayo maggio mei mag",
    "june juni juin junio giugno jun giu",
    "july juli juillet julio luglio jul juil lug",
    "august aout agosto augustus aug ago",
    "september septembre septiembre settembre sep sept set",
    "october oktober octobre octubre ottobre oct okt ott 0ct 0ctober",
    "november novembre noviembre nov",
    "december dezember decembre diciembre dicembre dec dez dic",
)
MONTHS: dict[str, int] = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

_NAME = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![a-z])"
_OF = r"(?:\s*(?:day\s+of|of|de|del|di|d')\s*|[\s.,/-]*)"
_TIME = r"\d{1,2}:\d\d"
"""A time of day that OCR runs together with the date before it."""
_YEAR = rf"((?:19|20)\d{{2}}(?={_TIME})|(?:19|20)\d{{2}}(?!\d)|'?\d{{2}}(?!\d))(?![.,]\d)"

_ISO = re.compile(
    rf"(?<![\d./-])((?:19|20)\d{{2}})\s?([-/.])\s?(\d{{1,2}})\s?\2\s?(\d{{2}}(?={_TIME})|\d{{1,2}}(?![\d/-]))"
)
_NUMERIC = re.compile(rf"(?<![\d./,-])(\d{{1,2}})\s?([-/.])\s?(\d{{1,2}})\s?\2\s?{_YEAR}(?![-/]\d)")
_DAY_NAME = re.compile(
    r"(?<![\d.,])(\d{1,2})(?:st|nd|rd|th|er|ste|de|e|o|º|°|ª)?" + _OF + _NAME + r"[\s.,/-]*(?:de\s+|del\s+)?" + _YEAR
)
_NAME_DAY = re.compile(r"(?<![a-z])" + _NAME + r"[\s.,/-]*(\d{1,2})(?:st|nd|rd|th)?(?:\s*[,./-]\s*|\s+)" + _YEAR)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})([01]\d)([0-3]\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """The characters `start` to `end` of the text read as a date."""

    start: int
    end: int
    iso: str
    ambiguous: bool = False
    """Whether another order of day and month would do as well."""


def find_dates(text: str, order: DateOrder = "DMY", *, compact: bool = False) -> list[FoundDate]:
    """Every date of the text, in its order; of overlapping readings the longest.

    Args:
        text: any text.
        order: what 03/04/2021 means.
        compact: whether eight digits in a row (20210304) may be a date.
    """
    folded = fold(text)
    readers: list[Callable[[str, DateOrder], Iterator[FoundDate]]] = [_iso, _numeric, _day_name, _name_day]
    found = [each for reader in readers for each in reader(folded, order)]
    if compact:
        found.extend(_compact(folded))
    return _longest(found)


def _longest(found: list[FoundDate]) -> list[FoundDate]:
    kept: list[FoundDate] = []
    taken = bytearray(max((each.end for each in found), default=0))
    for each in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if not any(taken[each.start : each.end]):
            taken[each.start : each.end] = b"\1" * (each.end - each.start)
            kept.append(each)
    return sorted(kept, key=lambda f: f.start)


def _iso(folded: str, _: DateOrder) -> Iterator[FoundDate]:
    for match in _ISO.finditer(folded):
        iso = _valid(match[1], int(match[3]), match[4])
        if iso:
            yield FoundDate(match.start(), match.end(), iso)


def _numeric(folded: str, order: DateOrder) -> Iterator[FoundDate]:
    for match in _NUMERIC.finditer(folded):
        first, second, year = int(match[1]), int(match[3]), match[4]
        day, month = (first, second) if order == "DMY" else (second, first)
        iso = _valid(year, month, day)
        other = _valid(year, day, month)
        if iso or other:
            ambiguous = iso is not None and other is not None and iso != other
            yield FoundDate(match.start(), match.end(), iso or other or "", ambiguous)


def _day_name(folded: str, _: DateOrder) -> Iterator[FoundDate]:
    for match in _DAY_NAME.finditer(folded):
        iso = _valid(match[3], MONTHS[match[2]], match[1])
        if iso:
            yield FoundDate(match.start(), match.end(), iso)


def _name_day(folded: str, _: DateOrder) -> Iterator[FoundDate]:
    for match in _NAME_DAY.finditer(folded):
        iso = _valid(match[3], MONTHS[match[1]], match[2])
        if iso:
            yield FoundDate(match.start(), match.end(), iso)


def _compact(folded: str) -> Iterator[FoundDate]:
    for match in _COMPACT.finditer(folded):
        iso = _valid(match[1], int(match[2]), match[3])
        if iso:
            yield FoundDate(match.start(), match.end(), iso)


def _valid(year: str, month: int, day: str | int) -> str | None:
    """The ISO date, or `None` where there is no such day; two-digit years from 70 on are of the last century."""
    number = int(year.lstrip("'"))
    if number < 100:
        number += 1900 if number >= 70 else 2000
    try:
        return date(number, month, int(day)).isoformat()
    except ValueError:
        return None
