"""Texts as tokens for matching labels: folded words, with the many spellings of "number" made one."""

import re
from dataclasses import dataclass

from pipeline.extraction.values.folding import fold

_TOKEN = re.compile(r"n[°º]\.?|n\.(?=\s|\d|$)|№|#|%|[^\W_]+")
_NUMBER = frozenset(
    {"nr", "no", "num", "numero", "nummer", "number", "№", "n°", "nº", "n°.", "nº.", "n.", "#", "nro", "núm"}
)
_COMPOUNDS = ("rechnung", "gutschrift", "facture")
"""Heads of compound words that name a document: a "Handelsrechnung" is a "Rechnung"."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-.\s]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text in the form that is matched; it stands at the characters `start` to `end`."""

    key: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in its order; punctuation is left out."""
    return [Token(_key(match.group()), match.start(), match.end()) for match in _TOKEN.finditer(fold(text))]


def keys(text: str) -> tuple[str, ...]:
    """The keys of a text's tokens."""
    return tuple(token.key for token in tokenize(text))


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a property's name: `invoiceNumber`, `invoice_number` and `InvoiceNumber` alike."""
    return keys(" ".join(part for part in _CAMEL.split(name) if part))


def _key(word: str) -> str:
    if word in _NUMBER:
        return "no"
    for head in _COMPOUNDS:
        if word.endswith(head) and len(word) > len(head) + 3:
            return head
    return word
