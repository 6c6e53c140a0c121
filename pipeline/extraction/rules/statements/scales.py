"""Unit and currency that a statement names once for all its figures: "(in thousands)", "€ million", "TEUR"."""

import re
from collections import Counter
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
NEAR = 16
"""Characters before a unit in which its number is looked for."""
LONGEST_REMARK = 40
"""Characters of a run that is a remark for its currency: "Mio. €"."""
_NUMBER = re.compile(r"(?:\d[.,]\d+|(?<!\d)\d{1,3})\s?$")
_FOREIGN = re.compile(rf"\s+de\b|\.?\s?{_MONEY}")
_OPENED = re.compile(r"[(\[][^()\[\]]*$")
_LED = re.compile(rf"(?<![a-z])(?:in|en|em|x)\s+(?:(?:{_MONEY}|euros?|dollars?|pounds?|us)\s?){{0,2}}$")
_NAMES_OF = {"USD": "dollar dollars", "GBP": "pound pounds sterling", "EUR": "teur keur meur", "CHF": "tchf kchf mchf"}
_NAMED = {name: code for code, names in _NAMES_OF.items() for name in names.split()}
_NAME = re.compile(r"(?<![a-z])(" + "|".join(_NAMED) + r")(?![a-z])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A unit or a currency and where it is printed."""

    value: str
    span: Span


def find_unit(runs: Iterable[Run], *, language: str = "en", remarks: bool = False) -> Scale | None:
    """The first unit that one of the runs names for figures that stand elsewhere.

    Args:
        runs: where it is looked for.
        language: of the document; in English "miles" and "mill" are other words.
        remarks: whether only what is printed as a remark counts: "(in thousands)", "in millions of €", "€ million".
    """
    for run in runs:
        text = fold(run.text)
        for match in _UNIT.finditer(text):
            if _counted(text, match) or (language == "en" and _other_word(text, match)):
                continue
            if match.lastgroup and (not remarks or _is_remark(run, text, match)):
                return Scale(value=match.lastgroup, span=(run, match.start(), match.end()))
    return None


def _counted(text: str, match: re.Match[str]) -> bool:
    """Whether the unit belongs to a number before it, as in "grew by 5 million"; a year before it is none."""
    return _NUMBER.search(text[max(0, match.start() - NEAR) : match.start()]) is not None


def _other_word(text: str, match: re.Match[str]) -> bool:
    """Whether it is an English word: "passenger miles", a "rolling mill"; "miles de euros" and "mill. EUR" are none."""
    return match.group() in ("miles", "mill") and _FOREIGN.match(text, match.end()) is None


def _is_remark(run: Run, text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - LONGEST_REMARK) : match.start()]
    if _OPENED.search(before) or _LED.search(before):
        return True
    return len(text) <= LONGEST_REMARK and (match.group() == text.strip(" .,:") or bool(_currencies(run)))


def find_currency(groups: Sequence[Sequence[Run]]) -> Scale | None:
    """The currency of the first group that names one; of several in a group the one printed most often."""
    for runs in groups:
        found = [each for run in runs for each in _currencies(run)]
        if found:
            [(best, _)] = Counter(each.value for each in found).most_common(1)
            return next(each for each in found if each.value == best)
    return None


def _currencies(run: Run) -> list[Scale]:
    found = [Scale(value=code, span=(run, start, end)) for start, end, code in find_currencies(run.text)]
    named = _NAME.finditer(fold(run.text))
    return found + [Scale(value=_NAMED[each[1]], span=(run, each.start(), each.end())) for each in named]
