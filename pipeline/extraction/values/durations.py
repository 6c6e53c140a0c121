"""Durations in text: "two (2) years", "18 months", "zwei Jahre"."""

import re
from dataclasses import dataclass

from pipeline.extraction.values.folding import fold

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-four": 24, "twenty four": 24,
    "thirty": 30, "thirty-six": 36, "thirty six": 36, "forty-eight": 48, "sixty": 60, "ninety": 90, "a": 1, "an": 1,
    "ein": 1, "eine": 1, "einem": 1, "einen": 1,
    "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "zehn": 10, "zwolf": 12,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dix": 10, "douze": 12,
    "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "diez": 10, "doce": 12,
    "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "dieci": 10, "dodici": 12,
    "een": 1, "twee": 2, "drie": 3, "vijf": 5, "tien": 10, "twaalf": 12,
}  # fmt: skip
_UNITS = {
    "year": "year years yr yrs jahr jahre jahren an ans annee annees ano anos anno anni jaar jaren",
    "month": "month months monat monate monaten mois mes meses mese mesi maand maanden",
    "week": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    "day": "day days tag tage tagen jour jours dia dias giorno giorni dag dagen",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}

_NUMBER = r"(?:(\d{1,4})|(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r"))(?![\w,.]*\d)"
_UNIT = "(" + "|".join(sorted(_UNIT_OF, key=len, reverse=True)) + r")(?![a-z])"
_DURATION = re.compile(
    r"(?<![\w.,-])" + _NUMBER + r"(?:\s*\(\s*(\d{1,4})\s*\))?[\s-]*(?:full\s+|calendar\s+|consecutive\s+)?" + _UNIT
)


@dataclass(frozen=True, slots=True)
class FoundDuration:
    """The characters `start` to `end` read as a number of units."""

    start: int
    end: int
    number: int
    unit: str

    @property
    def text(self) -> str:
        """In English: `2 years`."""
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    @property
    def days(self) -> int:
        """Roughly, for comparing durations."""
        return self.number * {"year": 365, "month": 30, "week": 7, "day": 1}[self.unit]


def find_durations(text: str) -> list[FoundDuration]:
    """Every duration of the text, in its order; figures in parentheses win over the words before them."""
    found = []
    for match in _DURATION.finditer(fold(text)):
        digits, word, repeated, unit = match.groups()
        number = int(repeated or digits) if repeated or digits else _WORDS[word]
        if number > 0:
            found.append(FoundDuration(match.start(), match.end(), number, _UNIT_OF[unit]))
    return found
