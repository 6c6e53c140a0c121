"""Identifiers with a form of their own: IBAN, BIC, VAT numbers, mail and web addresses, telephone numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])")
_BIC = re.compile(r"(?<![A-Za-z0-9])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?![\w-])")
_URL = re.compile(r"(?<![\w@.-])(?:https?://|www\.)[^\s<>\"'()]{3,200}", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,/])(?:\+|\(?0|\(?\d)[\d\s().\u00a0/-]{5,22}\d(?![\w/]|[.,]\d)")
_DOCUMENT = re.compile(r"(?<![\w.])[A-Za-z0-9](?:[A-Za-z0-9/_.#-]*[A-Za-z0-9])?(?![\w])")

_VAT_FORMS = (
    r"ATU\d{8}|BE[01]?\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE ?\d{3} ?\d{3} ?\d{3}|DK ?(?:\d{2} ?){4}|EE\d{9}",
    r"CHE[-.]?\d{3}\.?\d{3}\.?\d{3}(?: ?(?:MWST|TVA|IVA))?|ES[A-Z0-9]\d{7}[A-Z0-9]|EU\d{9}|FI\d{8}|HR\d{11}",
    r"FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}|FR ?\d{3} ?\d{3} ?\d{3} ?\d{2}|GB ?(?:\d{3} ?\d{4} ?\d{2}|\d{12})",
    r"IE ?(?:\d{7}[A-Z]{1,2}|\d{2} ?\d{3} ?\d{2}[A-Z]|\d[A-Z]\d{5}[A-Z])|IT ?\d{11}|LT(?:\d{12}|\d{9})|LU\d{8}",
    r"MT\d{8}|NL ?\d{9} ?B ?\d{2}|NO ?\d{9} ?MVA|PL ?\d{10}|PT ?\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|XI\d{9}",
    r"EL\d{9}|HU\d{8}|LV\d{11}",
    r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]",
)
_VAT = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(_VAT_FORMS) + r")(?![A-Za-z0-9])")
"""National forms after the VIES format list; the last is India's GSTIN."""


@dataclass(frozen=True, slots=True)
class FoundIdentifier:
    """The characters `start` to `end` read as an identifier; `value` is its normal form."""

    start: int
    end: int
    value: str


def find_ibans(text: str) -> list[FoundIdentifier]:
    """IBANs whose check digits are right (ISO 13616, ISO 7064 MOD 97-10), without spaces."""
    found = []
    for match in _IBAN.finditer(text):
        groups = match.group()
        while len(groups) >= 15:  # trailing words in capitals may have been taken along
            value = re.sub(r"[ \u00a0]", "", groups)
            if _mod_97(value):
                found.append(FoundIdentifier(match.start(), match.start() + len(groups), value))
                break
            shorter = re.sub(r"[ \u00a0][A-Z0-9]+$", "", groups)
            if shorter == groups:
                break
            groups = shorter
    return found


def _mod_97(value: str) -> bool:
    if not 15 <= len(value) <= 34:
        return False
    turned = value[4:] + value[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def find_bics(text: str) -> list[FoundIdentifier]:
    """Bank codes by their form (ISO 9362); words in capitals have it too, so a label must speak for them."""
    return [_as_printed(match) for match in _BIC.finditer(text)]


def find_vat_ids(text: str) -> list[FoundIdentifier]:
    """VAT numbers in a national form, without spaces."""
    return [
        FoundIdentifier(match.start(), match.end(), re.sub(r"[\s\u00a0]", "", match.group()))
        for match in _VAT.finditer(text)
    ]


def find_emails(text: str) -> list[FoundIdentifier]:
    """Mail addresses."""
    return [_as_printed(match) for match in _EMAIL.finditer(text)]


def find_urls(text: str) -> list[FoundIdentifier]:
    """Web addresses with a scheme or `www.`."""
    found = []
    for match in _URL.finditer(text):
        value = match.group().rstrip(".,;:!?")
        found.append(FoundIdentifier(match.start(), match.start() + len(value), value))
    return found


def find_phones(text: str) -> list[FoundIdentifier]:
    """Telephone numbers of 7 to 15 digits (E.164), as printed."""
    matches = _PHONE.finditer(text)
    return [_as_printed(match) for match in matches if 7 <= sum(char.isdigit() for char in match.group()) <= 15]


def find_document_numbers(text: str) -> list[FoundIdentifier]:
    """Numbers of documents, customers, orders: words with a digit in them."""
    return [_as_printed(match) for match in _DOCUMENT.finditer(text) if any(char.isdigit() for char in match.group())]


def _as_printed(match: re.Match[str]) -> FoundIdentifier:
    return FoundIdentifier(match.start(), match.end(), match.group())


FINDERS: dict[str, Callable[[str], list[FoundIdentifier]]] = {
    "iban": find_ibans,
    "bic": find_bics,
    "vat_id": find_vat_ids,
    "email": find_emails,
    "url": find_urls,
    "phone": find_phones,
}
