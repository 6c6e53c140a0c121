"""When a value is right: dates, money and codes by what they mean, text by how alike it is."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from rapidfuzz import fuzz

from pipeline.extraction.leaves import Leaf
from pipeline.extraction.values.currencies import currency_code
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.locale import DateOrder, DecimalMark
from pipeline.extraction.values.numbers import find_numbers

Kind = Literal["text", "name", "date", "number", "id", "currency", "boolean"]

SAME_TEXT = 0.9
"""Similarity from which two texts count as the same."""
SAME_AMOUNT = Decimal("0.005")
"""Amounts that differ by less are equal."""

_ORDERS: tuple[DateOrder, ...] = ("DMY", "MDY")
_MARKS: tuple[DecimalMark, ...] = (".", ",")
_IDS = {"id", "iban", "bic", "vat_id", "phone"}
_NAMES = {"company", "person"}
_LEGAL = {"incorporated": "inc", "corporation": "corp", "company": "co", "limited": "ltd"}
"""Spellings of a legal form that say the same."""


def kind_of(leaf: Leaf) -> Kind:
    """How a leaf's values are compared, by its type, `x-sheaf-type` and `format`."""
    hint = leaf.hint or ""
    if leaf.type in ("number", "integer") or hint in ("money", "percent"):
        return "number"
    if leaf.type == "boolean":
        return "boolean"
    if hint in ("date", "currency"):
        return "date" if hint == "date" else "currency"
    return "id" if hint in _IDS else "name" if hint in _NAMES else "text"


def same(kind: Kind, truth: Any, given: Any) -> bool:  # noqa: ANN401 - JSON scalars
    """Whether the given value says what the label says."""
    return _SAME[kind](truth, given)


def dates(value: object) -> set[str]:
    """Every ISO date that the first date of a text can mean: 03/04/2021 is two."""
    found = (find_dates(str(value), order, compact=True) for order in _ORDERS)
    return {each[0].iso for each in found if each}


def amounts(value: object) -> set[Decimal]:
    """Every decimal that the first number of a text can mean: "1.234" is two."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, (int, float, Decimal)):
        return {Decimal(str(value))}
    text = unicodedata.normalize("NFKC", str(value))
    readings = (find_numbers(text, mark) for mark in _MARKS)
    return {each[0].value for each in readings if each}


def similarity(one: str, other: str) -> float:
    """0 to 1, without case, punctuation and the order of words; spaces may be lost, as annotators and OCR lose them."""
    a, b = _words(one), _words(other)
    if not a or not b:
        return 0.0
    return max(fuzz.token_sort_ratio(a, b), fuzz.ratio(a.replace(" ", ""), b.replace(" ", ""))) / 100


def holds(kind: Kind, quote: str, value: Any) -> bool:  # noqa: ANN401 - JSON scalars
    """Whether a quote of the document holds a value's own text, or another way to write it."""
    needle, hay = _squeezed(value), _squeezed(quote)
    if needle and needle in hay:
        return True
    if kind == "date":
        return any(each.iso in dates(value) for order in _ORDERS for each in find_dates(quote, order, compact=True))
    if kind == "number":
        return any(each.value in amounts(value) for mark in _MARKS for each in find_numbers(quote, mark))
    if kind == "currency":
        return any(_currency(word) == _currency(value) for word in re.findall(r"[^\W\d_]+|[^\w\s]", quote))
    return bool(needle) and len(hay) >= len(needle) and fuzz.partial_ratio(needle, hay) >= SAME_TEXT * 100


def _same_amount(truth: object, given: object) -> bool:
    return any(abs(x - y) < SAME_AMOUNT for x in amounts(truth) for y in amounts(given))


def _same_text(truth: object, given: object) -> bool:
    return str(truth).strip() == str(given).strip() or similarity(str(truth), str(given)) >= SAME_TEXT


def _same_name(truth: object, given: object) -> bool:
    return _same_text(truth, given) or similarity(_name(truth), _name(given)) >= SAME_TEXT


def _same_date(truth: object, given: object) -> bool:
    return bool(dates(truth) & dates(given)) or str(truth).strip() == str(given).strip()


def _name(value: object) -> str:
    dotted = re.sub(r"\b((?:[A-Za-z]\.){2,})", lambda m: m.group().replace(".", "") + " ", str(value))
    return " ".join(_LEGAL.get(word, word) for word in _words(dotted.replace("&", " and ")).split())


def _words(text: str) -> str:
    low = unicodedata.normalize("NFKC", text.replace("_", " ")).lower()
    return " ".join(re.sub(r"[^\w\s]", " ", low).split()) or "".join(low.split())


def _squeezed(value: object) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", str(value))).lower()


def _same_id(truth: object, given: object) -> bool:
    return (_squeezed(truth) or str(truth)) == (_squeezed(given) or str(given))


def _currency(value: object) -> str:
    text = str(value).strip()
    return currency_code(text) or text.upper()


_SAME: dict[Kind, Callable[[Any, Any], bool]] = {
    "text": _same_text,
    "name": _same_name,
    "date": _same_date,
    "number": _same_amount,
    "id": _same_id,
    "currency": lambda truth, given: _currency(truth) == _currency(given),
    "boolean": lambda truth, given: str(truth).lower() == str(given).lower(),
}
