"""Telling lines of documents that have no sentences, such as invoices, receipts, forms and price lists."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.reading.passages import CELL_SEPARATOR
from pipeline.summarizing.candidates import Candidate

# Word beginnings that name what such a document is about, in the languages the stop words know.
_TOTAL = re.compile(
    r"\b(?:grand |amount |balance )?(?:total|amount due|balance|to pay|gesamt\w*|summe|endbetrag"
    r"|zahlbetrag|totaal|totale|net à payer|importe)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:invoice|receipt|order|bill(?! to)|credit note|statement|rechnung|beleg|quittung|bestellung|facture|commande"
    r"|reçu|factura|recibo|pedido|fattura|ricevuta|ordine|factuur|bon|date|datum|data|fecha|due|fällig|scadenza|number"
    r"|no\.|nr\.|n°|customer|kunde|client|cliente|klant|account|konto|period|zeitraum|subject|betreff|objet|name)(?=\W|$)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d")
_MONEY = re.compile(r"\d[.,]\d\d\b|[$€£¥]|\b(?:EUR|USD|GBP|CHF|JPY)\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
LONGEST_WORDS = 25


def line_score(candidate: Candidate, number: int) -> float:
    """How much the line tells; 0 for one without words. `number` is its place in the document, counted from 0."""
    text = candidate.text
    words = _WORD.findall(text)
    if not words or len(text.split()) > LONGEST_WORDS:
        return 0.0
    score = 0.2 + _naming(text)
    if candidate.passage.kind == "heading":
        score += 0.5
    score += max(0.0, 1.3 - 0.4 * number)  # who wrote it stands on top
    return score


def _naming(text: str) -> float:
    """For a label with its value: most for the total."""
    if not _VALUE.search(text):
        return 0.0
    if _TOTAL.search(text):
        return 1.5 if _MONEY.search(text) else 0.6
    if _LABEL.search(text):
        return 1.0
    return 0.15 if _MONEY.search(text) else 0.0


def choose_lines(candidates: Sequence[Candidate], wanted: int) -> list[Candidate]:
    """The most telling lines, in order of the document."""
    scores = [line_score(candidate, number) for number, candidate in enumerate(candidates)]
    ranked = sorted((number for number, score in enumerate(scores) if score > 0), key=lambda n: (-scores[n], n))
    return [_from_label(candidates[number]) for number in sorted(ranked[:wanted])]


def _from_label(candidate: Candidate) -> Candidate:
    """Of a row of cells the part from its label on: what stands before it belongs to something else."""
    text = candidate.passage.text[candidate.start : candidate.end]
    found = _TOTAL.search(text) or _LABEL.search(text)
    cell = text.rfind(CELL_SEPARATOR, 0, found.start()) if found else -1
    if cell < 0:
        return candidate
    begin = cell + len(CELL_SEPARATOR)
    return replace(candidate, text=" ".join(text[begin:].split()), start=candidate.start + begin)
