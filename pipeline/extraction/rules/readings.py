"""Typed values of a text that a label speaks for: one reader for each kind of value."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.extraction.values.choices import choose_member, read_boolean
from pipeline.extraction.values.currencies import currency_code, find_currencies
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.durations import find_durations
from pipeline.extraction.values.identifiers import FINDERS, find_document_numbers, find_ibans, find_vat_ids
from pipeline.extraction.values.locale import Locale
from pipeline.extraction.values.numbers import FoundNumber, find_numbers

MAX_TEXT = 400
"""Characters of a free text."""
MAX_INTEGER = 2**53 - 1
"""What JSON readers everywhere can hold (RFC 8259 section 6)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The characters `start` to `end` of a text read as a value; `quality` from 0 to 1 says how unmistakable it is."""

    start: int
    end: int
    value: Any
    quality: float = 1.0
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How to read: the document's locale, and the members of an enumeration."""

    locale: Locale
    members: tuple[Any, ...] = ()


Reader = Callable[[str, Manner], Iterator[Reading]]


def read_values(kind: str, text: str, manner: Manner) -> list[Reading]:
    """The values of a kind in a text, in its order."""
    return list(_READERS.get(kind, _text)(text, manner))


def _dates(text: str, manner: Manner) -> Iterator[Reading]:
    for found in find_dates(text, manner.locale.order, compact=True):
        doubtful = found.ambiguous and not manner.locale.order_known
        yield Reading(found.start, found.end, found.iso, 0.8 if doubtful else 1.0)


def _money(text: str, manner: Manner) -> Iterator[Reading]:
    dates = find_dates(text, manner.locale.order)
    wordy = sum(char.isalpha() for char in text) > 6
    for found in find_numbers(text, manner.locale.decimal):
        inside_date = any(found.start < date.end and date.start < found.end for date in dates)
        if not found.percent and not inside_date and len(str(found.value)) <= 18:
            quality = _money_quality(found) * (1.0 if found.money_like or not wordy else 0.3)
            yield Reading(found.start, found.end, found.value, quality, found.currency)


def _money_quality(found: FoundNumber) -> float:
    if found.currency and found.decimals == 2:
        return 1.0
    if found.money_like:
        return 0.95
    return 0.5 if found.decimals else 0.4


def _numbers(text: str, manner: Manner) -> Iterator[Reading]:
    for found in find_numbers(text, manner.locale.decimal):
        yield Reading(found.start, found.end, found.value, 0.7 if found.percent or found.ambiguous else 0.9)


def _integers(text: str, manner: Manner) -> Iterator[Reading]:
    for found in find_numbers(text, manner.locale.decimal):
        whole = found.value if not found.ambiguous else Decimal(re.sub(r"\D", "", str(found.value)))
        if whole == whole.to_integral_value() and abs(whole) <= MAX_INTEGER:
            yield Reading(found.start, found.end, int(whole), 0.7 if found.percent else 0.9)


def _percents(text: str, manner: Manner) -> Iterator[Reading]:
    found = find_numbers(text, manner.locale.decimal)
    marked = [each for each in found if each.percent]
    for each in marked or found:
        yield Reading(each.start, each.end, each.value, 1.0 if each.percent else 0.6)


def _currencies(text: str, _: Manner) -> Iterator[Reading]:
    for start, end, code in find_currencies(text):
        yield Reading(start, end, code)
    code_of_all = currency_code(text)
    if code_of_all and not find_currencies(text):
        yield Reading(0, len(text), code_of_all)


def _ids(text: str, manner: Manner) -> Iterator[Reading]:
    dates = find_dates(text, manner.locale.order)
    end = -1
    for found in find_document_numbers(text):
        if found.start < end or any(found.start < date.end and date.start < found.end for date in dates):
            continue
        start, end = _widen(text, found.start, found.end)
        value = text[start:end]
        yield Reading(start, end, value, _id_quality(value))


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """A number may have a short prefix in capitals ("CR 1803/0064") and be printed in groups ("421 938 861")."""
    prefix = re.search(r"(?:^|\s)([A-Z]{1,4}) $", text[:start])
    if prefix and text[: prefix.start(1)].strip(" :#.-") == "":
        start = prefix.start(1)
    if re.fullmatch(r"\d{2,4}", text[start:end]):
        groups = re.match(r"(?: \d{2,4}(?!\S))+", text[end:])
        end += groups.end() if groups else 0
    return start, end


def _id_quality(value: str) -> float:
    digits = sum(char.isdigit() for char in value)
    if re.fullmatch(r"\d+[.,]\d{2}", value):
        return 0.2
    if digits >= 4 or (digits >= 2 and any(char.isalpha() for char in value)):
        return 1.0
    return 0.7 if digits >= 2 else 0.4


def _vat_ids(text: str, manner: Manner) -> Iterator[Reading]:
    found = find_vat_ids(text)
    for each in found:
        yield Reading(each.start, each.end, each.value)
    if not found:
        for other in _ids(text, manner):
            digits = sum(char.isdigit() for char in other.value)
            if digits >= 7 and other.start <= 3:
                yield Reading(other.start, other.end, other.value, 0.75)


def _ibans(text: str, _: Manner) -> Iterator[Reading]:
    found = find_ibans(text)
    for each in found:
        yield Reading(each.start, each.end, each.value)
    if not found:  # a label vouches for what fails the check digits, but not as firmly
        match = re.search(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}[A-Z0-9 ]{11,36}(?![a-z])", text)
        if match:
            printed = match.group().rstrip()
            yield Reading(match.start(), match.start() + len(printed), printed.replace(" ", "")[:34], 0.5)


def _identifiers(kind: str) -> Reader:
    def reader(text: str, _: Manner) -> Iterator[Reading]:
        for found in FINDERS[kind](text):
            yield Reading(found.start, found.end, found.value)

    return reader


def _phones(text: str, _: Manner) -> Iterator[Reading]:
    for found in FINDERS["phone"](text):
        yield Reading(found.start, found.end, found.value, 1.0 if found.value.startswith("+") else 0.9)


def _terms(text: str, _: Manner) -> Iterator[Reading]:
    for found in find_durations(text):
        yield Reading(found.start, found.end, found.text)


def _booleans(text: str, _: Manner) -> Iterator[Reading]:
    whole = read_boolean(text)
    if whole is not None:
        yield Reading(0, len(text), whole)
        return
    first = re.match(r"\W*(\w+|\W)", text)
    value = read_boolean(first.group()) if first else None
    if first and value is not None:
        yield Reading(0, first.end(), value, 0.7)


def _members(text: str, manner: Manner) -> Iterator[Reading]:
    member = choose_member(text, manner.members)
    if member is not None:
        yield Reading(0, len(text), member)


def _text(text: str, _: Manner) -> Iterator[Reading]:
    stripped = text.strip(" \t:;|")
    if any(char.isalnum() for char in stripped):
        start = text.index(stripped)
        yield Reading(start, start + min(len(stripped), MAX_TEXT), stripped[:MAX_TEXT], 0.8)


_READERS: dict[str, Reader] = {
    "date": _dates,
    "money": _money,
    "number": _numbers,
    "integer": _integers,
    "percent": _percents,
    "currency": _currencies,
    "id": _ids,
    "vat_id": _vat_ids,
    "iban": _ibans,
    "bic": _identifiers("bic"),
    "email": _identifiers("email"),
    "url": _identifiers("url"),
    "phone": _phones,
    "term": _terms,
    "boolean": _booleans,
    "enum": _members,
}
KINDS_WITH_FORM = frozenset({"iban", "email", "vat_id", "url", "phone"})
"""Kinds whose values are recognised without a label, where their quality is 1."""
