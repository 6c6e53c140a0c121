"""How a document writes dates and numbers, judged from the document itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.extraction.values.folding import fold

DateOrder = Literal["DMY", "MDY"]
DecimalMark = Literal[".", ","]

SAMPLE = 60_000
"""Characters that are looked at; more do not change the judgement."""

_NUMERIC_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([/.-])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d/-])")
_CENTS = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,' ]?\d{3})*([.,])\d{2}(?![\d.,/-]*\d)")
_US_ADDRESS = re.compile(r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b")
_US_LETTER = 612 / 792

_COMMON = {
    "en": "the and of for to with your this by from amount date total invoice",
    "de": "und der die das von mit fur ist nicht zur betrag datum gesamt rechnung",
    "fr": "le les des et du pour avec votre une est sur montant facture total",
    "nl": "het een van en voor met uw niet op te bedrag datum totaal factuur",
    "es": "el los las del y para con por una su fecha importe total factura",
    "it": "il gli della di per con una del che data importo totale fattura",
}
_LANGUAGE_OF = {word: language for language, words in _COMMON.items() for word in words.split()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Locale:
    """What the document is taken to use; `order_known` is whether a date in it proves the order."""

    language: str = "en"
    decimal: DecimalMark = "."
    order: DateOrder = "DMY"
    order_known: bool = False


def judge_locale(text: str, *, language: str | None = None, page_sizes: Sequence[tuple[float, float]] = ()) -> Locale:
    """The locale of a document.

    Args:
        text: the document's text; its first `SAMPLE` characters are used.
        language: ISO 639-1, where the reader knows it.
        page_sizes: width and height of pages; US Letter speaks for month before day.
    """
    sample = text[:SAMPLE]
    folded = fold(sample)
    spoken = language or _language(folded)
    proof = _proven_order(folded)
    return Locale(
        language=spoken,
        decimal=_decimal_mark(folded, spoken),
        order=proof or _likely_order(sample, folded, spoken, page_sizes),
        order_known=proof is not None,
    )


def _language(folded: str) -> str:
    votes = dict.fromkeys(_COMMON, 0)
    for word in re.findall(r"[a-z]+", folded):
        language = _LANGUAGE_OF.get(word)
        if language:
            votes[language] += 1
    best = max(votes, key=lambda key: votes[key])
    return best if votes[best] > 0 else "en"


def _decimal_mark(folded: str, language: str) -> DecimalMark:
    marks = _CENTS.findall(folded)
    commas = marks.count(",")
    points = len(marks) - commas
    if commas == points:
        return "." if language == "en" else ","
    return "," if commas > points else "."


def _proven_order(folded: str) -> DateOrder | None:
    """Only a date whose first or second number exceeds 12 proves anything."""
    day_first = month_first = 0
    for first, _, second in _NUMERIC_DATE.findall(folded):
        day_first += 12 < int(first) <= 31 and 1 <= int(second) <= 12
        month_first += 12 < int(second) <= 31 and 1 <= int(first) <= 12
    if day_first == month_first:
        return None
    return "DMY" if day_first > month_first else "MDY"


def _likely_order(sample: str, folded: str, language: str, sizes: Sequence[tuple[float, float]]) -> DateOrder:
    if language != "en":
        return "DMY"
    if any(mark == "." for _, mark, _ in _NUMERIC_DATE.findall(folded)):
        return "DMY"
    letter = any(height and abs(width / height - _US_LETTER) < 0.003 for width, height in sizes)
    return "MDY" if letter or "US$" in sample or "USD" in sample or _US_ADDRESS.search(sample) else "DMY"
