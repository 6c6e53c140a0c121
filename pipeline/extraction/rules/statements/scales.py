"""Unit and currency that a statement names once for all its figures: "(in thousands)", "€ million", "TEUR"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.values.currencies import find_currencies
from pipeline.extraction.values.folding import fold

_MONEY = r"(?:eur|usd|gbp|chf|us\$|c\$|a\$|[€$£¥])"
_WORDS = {
    "billions": r"billions?|bn|milliarden?|mrd|milliards?|mds?\s?€|mil\s+millones|miles\s+de\s+millones|miliardi|mld|"
    rf"miljard|{_MONEY}\s?bn",
    "millions": r"millions?|mn|mio|mill|mln|millionen|millones|milioni|miljoen(?:en)?|"
    rf"m{_MONEY}|{_MONEY}\s?(?:m|mm|mn)",
    "thousands": r"thousands?|000s?|tausend|tsd|milliers|miles|migliaia|duizend(?:en)?|"
    rf"[tk]\s?{_MONEY}|{_MONEY}\s?(?:'?000s?|k|t)",
}
_UNIT = re.compile(
    r"(?<![a-z0-9.,])(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
    + r")(?![a-z0-9]|,\d|\.\d)"
)
_NAMES_OF = {"USD": "dollar dollars", "GBP": "pound pounds sterling", "EUR": "teur keur meur", "CHF": "tchf kchf mchf"}
_NAMED = {name: code for code, names in _NAMES_OF.items() for name in names.split()}
_NAME = re.compile(r"(?<![a-z])(" + "|".join(_NAMED) + r")(?![a-z])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A unit or a currency and where it is printed."""

    value: str
    span: Span


def find_unit(runs: Iterable[Run]) -> Scale | None:
    """The first unit that one of the runs names."""
    for run in runs:
        match = _UNIT.search(fold(run.text))
        if match is not None and match.lastgroup:
            return Scale(value=match.lastgroup, span=(run, match.start(), match.end()))
    return None


def find_currency(groups: Sequence[Sequence[Run]]) -> Scale | None:
    """The currency of the first group that names one; of several in a group the one printed most often."""
    for runs in groups:
        found = [each for run in runs for each in _currencies(run)]
        if found:
            names = [each.value for each in found]
            best = max(names, key=names.count)
            return next(each for each in found if each.value == best)
    return None


def _currencies(run: Run) -> list[Scale]:
    found = [Scale(value=code, span=(run, start, end)) for start, end, code in find_currencies(run.text)]
    named = _NAME.finditer(fold(run.text))
    return found + [Scale(value=_NAMED[each[1]], span=(run, each.start(), each.end())) for each in named]
