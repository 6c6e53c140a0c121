"""The figures of a text, to see whether another text holds them too."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.numbers import find_numbers


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a date as printed, with everything that it may mean.

    `1.234` is read in both decimal styles, `3/4/26` in both orders of day and month.
    """

    printed: str
    readings: frozenset[Hashable]


def figures(text: str) -> list[Figure]:
    """Every date and every number outside of dates, in order."""
    found: dict[tuple[int, int], set[Hashable]] = {}
    for start, end, day in _days(text):
        found.setdefault((start, end), set()).add(day)
    days = list(found)
    for start, end, value in _numbers(text):
        if not any(first < end and start < last for first, last in days):
            found.setdefault((start, end), set()).add(value)
    return [Figure(text[start:end], frozenset(found[start, end])) for start, end in sorted(found)]


def readings(text: str) -> frozenset[Hashable]:
    """Everything that figures of the text may mean; a date's own numbers as well."""
    return frozenset([*(day for *_, day in _days(text)), *(value for *_, value in _numbers(text))])


def _days(text: str) -> Iterator[tuple[int, int, Hashable]]:
    for order in ("DMY", "MDY"):
        for each in find_dates(text, order):
            yield each.start, each.end, each.iso


def _numbers(text: str) -> Iterator[tuple[int, int, Hashable]]:
    for mark in (".", ","):
        for each in find_numbers(text, mark):
            yield each.start, each.end, each.value.normalize()
