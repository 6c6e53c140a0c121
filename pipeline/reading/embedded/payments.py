"""The text of a payment slip's QR code → its values.

Swiss QR-bill: Swiss Implementation Guidelines QR-bill 2.3, section 4.2. EPC: EPC069-12 version 3.1, section 2. Bill
information of a Swiss code: Swico S1, version 1.2.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from pipeline.reading.text.builder import cleaned
from schemas.embedded import EmbeddedData, EmbeddedValue, Standard
from schemas.evidence import Box

MAX_CHARACTERS = 1_000
"""The standards allow 997 (Swiss) and 331 (EPC)."""
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,2})?")
_IBAN_LINE, _CREDITOR_LINES, _AMOUNT_LINE, _CURRENCY_LINE = 3, range(4, 11), 18, 19
_REFERENCE_LINE, _MESSAGE_LINE, _TRAILER_LINE, _BILL_LINE = 28, 29, 30, 31
_SWICO = re.compile(r"/(\d\d)/((?:[^/\\]|\\.)*)")

Named = tuple[str, str, int, str]
"""Name, value, index of the line, the words there."""


def read_payment(text: str, *, page: int, box: Box) -> EmbeddedData | None:
    """What a QR code asks to be paid; `None` where it is no code of a payment."""
    if len(text) > 2 * MAX_CHARACTERS:
        return None
    lines = [line.strip() for line in cleaned(text).split("\n")]
    found: list[Named] = []
    standard: Standard = "swiss-qr"
    if lines[0] == "SPC" and len(lines) > _TRAILER_LINE and lines[1].startswith("02"):
        found = list(_swiss(lines))
    elif lines[0] == "BCD" and len(lines) > 6 and lines[1] in ("001", "002") and lines[3] in ("SCT", "INST"):
        standard, found = "epc-qr", list(_epc(lines))
    values = [
        EmbeddedValue(name=name, value=value, path=f"line {index + 1}", quote=quote)
        for name, value, index, quote in found
        if value
    ]
    if not values:
        return None
    return EmbeddedData(source=f"QR code on page {page}", standard=standard, page=page, box=box, values=values)


def _swiss(lines: Sequence[str]) -> Iterator[Named]:
    yield _plain("iban", lines, _IBAN_LINE)
    kind, name, street, number, code, town, _ = (lines[index] for index in _CREDITOR_LINES)
    yield _plain("account_holder", lines, _CREDITOR_LINES[1])
    address = f"{street} {number}".strip(), f"{code} {town}".strip()
    if name:
        # Combined addresses (K) hold two lines as they are printed, structured ones (S) the parts.
        text = ", ".join(part for part in ((street, number) if kind == "K" else address) if part)
        yield ("account_holder_address", text, _CREDITOR_LINES[2], text)
    yield _amount(lines, _AMOUNT_LINE, lines[_AMOUNT_LINE])
    yield _plain("currency", lines, _CURRENCY_LINE)
    yield _plain("payment_reference", lines, _REFERENCE_LINE)
    yield _plain("payment_message", lines, _MESSAGE_LINE)
    if len(lines) > _BILL_LINE and lines[_BILL_LINE].startswith("//S1/"):
        yield from _bill(lines[_BILL_LINE])


def _bill(text: str) -> Iterator[Named]:
    names = {"10": "invoice_number", "11": "invoice_date"}
    for code, raw in _SWICO.findall(text.removeprefix("//S1")):
        if code in names:
            value = raw.replace("\\/", "/").replace("\\\\", "\\")
            yield (names[code], _day(value) if code == "11" else value, _BILL_LINE, value)


def _day(text: str) -> str:
    """`YYMMDD` as ISO 8601; empty where it is no day."""
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])).isoformat() if len(text) == 6 else ""
    except ValueError:
        return ""


def _epc(lines: Sequence[str]) -> Iterator[Named]:
    padded = [*lines, *[""] * 12]
    yield _plain("bic", padded, 4)
    yield _plain("account_holder", padded, 5)
    yield _plain("iban", padded, 6)
    if padded[7].startswith("EUR"):
        yield _amount(padded, 7, padded[7][3:])
        yield ("currency", "EUR", 7, padded[7])
    yield _plain("payment_reference", padded, 9)
    yield _plain("payment_message", padded, 10)


def _plain(name: str, lines: Sequence[str], index: int) -> Named:
    text = lines[index][:MAX_CHARACTERS]
    return (name, text.replace(" ", "") if name in ("iban", "bic") else text, index, text)


def _amount(lines: Sequence[str], index: int, text: str) -> Named:
    return ("amount_due", text if _AMOUNT.fullmatch(text) else "", index, lines[index])
