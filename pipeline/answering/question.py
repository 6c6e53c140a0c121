"""What a question asks for, as far as its words tell."""

import re
from dataclasses import dataclass

from pipeline.indexing.terms import query_terms, query_words

_TOKEN = re.compile(r"\w+")
_PREPOSITION = re.compile(
    r"\b(of|for|in|from|on|at|by|von|für|aus|bei|im|am|de|du|des|del|della|en|pour|para|dans)\b", re.IGNORECASE
)
_MONTH_DAY = r"\d{1,2}\.? [^\W\d]{3,}|[^\W\d]{3,} \d{1,2}\b"
_KINDS = (
    (
        r"when|(what|which) (year|date|day|month)|wann|quand|cuándo",
        rf"\b\d{{4}}\b|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|{_MONTH_DAY}",
    ),
    (
        r"how much|totals?|amount|price|costs?|fees?|sum|balance|wie viel|betrag|preis|combien|montant|prix|cuánto",
        r"[€$£¥%]|\d[.,]\d\d\b|\b[A-Z]{3} ?\d|\d ?[A-Z]{3}\b|\b(percent|hundred|million|billion|dollars?|euros?)\b",
    ),
    (
        r"how (many|long|old|far|large|big|tall|high)|what (percentage|number)|wie viele|wie (lang|hoch)|cuánt[oa]s",
        r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|half|dozen)\b",
    ),
    (r"who|whose|whom|wer|wessen|wem|wen|quién(es)?", r"\w[^.!?\n]* [A-ZÀ-Þ][^\W\d]+"),
)
"""Words that ask, and what an answer must then hold: a date, money, a count, a name inside the sentence."""
_COMPILED = [(re.compile(rf"\b({asks})\b", re.IGNORECASE), re.compile(holds)) for asks, holds in _KINDS]


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of the question, as the terms that may stand for it in a document."""

    terms: frozenset[str]
    asked: bool
    """Whether it stands before the first preposition: "the total" rather than "of the invoice"."""
    identifies: bool
    """Whether it is a number or an identifier, or part of one."""

    def held_by(self, terms: set[str]) -> bool:
        """Whether one of its terms is among these."""
        return not self.terms.isdisjoint(terms)


class Question:
    """A question taken apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        preposition = _PREPOSITION.search(text)
        about = frozenset(query_terms(text[preposition.end() :])) if preposition else frozenset()
        identifiers = frozenset(query_terms(" ".join(token for token in text.split() if _holds_digit(token))))
        self.words = [
            Word(
                terms=terms,
                asked=bool(about) and terms.isdisjoint(about),
                identifies=not terms.isdisjoint(identifiers),
            )
            for terms in query_words(text)
        ]
        self._named = set(_TOKEN.findall(text.casefold()))
        self._holds = next((holds for asks, holds in _COMPILED if asks.search(text)), None)

    @property
    def bare(self) -> str:
        """Without numbers and identifiers, which mean nothing to an embedder but that they are alike."""
        return " ".join(token for token in self.text.split() if not _holds_digit(token)) or self.text

    def suits(self, text: str) -> int:
        """1 where a text holds the kind of thing that is asked for, -1 where it does not, 0 where that is unknown.

        What the question itself names does not count.
        """
        if self._holds is None:
            return 0
        new = (token for token in text.split() if not self._named.issuperset(_TOKEN.findall(token.casefold())))
        return 1 if self._holds.search(" ".join(new)) else -1


def _holds_digit(token: str) -> bool:
    return any(char.isdigit() for char in token)
