"""Currencies: symbols and ISO 4217 codes as documents print them."""

import re

_CODE_NAMES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR"
)
CODES = frozenset(_CODE_NAMES.split())
_SYMBOLS_OF = {
    "EUR": "€ EURO Euro euro Euros euros",
    "USD": "$ US$",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹ Rs Rs.",
    "MYR": "RM",
    "CHF": "Fr. SFr.",
    "AUD": "A$ AU$",
    "CAD": "C$ CA$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$",
    "BRL": "R$",
    "PLN": "zł",
    "CZK": "Kč",
    "HUF": "Ft",
    "SEK": "kr",
    "DKK": "kr.",
    "RUB": "₽",
    "TRY": "₺",
    "KRW": "₩",
    "VND": "₫",
    "ILS": "₪",
}
_SYMBOLS = {symbol: code for code, symbols in _SYMBOLS_OF.items() for symbol in symbols.split()}
_BY_TEXT = {symbol.casefold(): code for symbol, code in _SYMBOLS.items()} | {code.casefold(): code for code in CODES}

_ORDERED = sorted([*_SYMBOLS, *CODES], key=len, reverse=True)
_ALTERNATIVES = "|".join(
    (r"(?<![A-Za-z])" if symbol[0].isalpha() else "")
    + re.escape(symbol)
    + (r"(?![A-Za-z])" if symbol[-1].isalpha() else "")
    for symbol in _ORDERED
)
CURRENCY = re.compile(_ALTERNATIVES)
"""A currency as printed: codes in capitals, symbols as they are."""


def currency_code(text: str) -> str | None:
    """The ISO code that a symbol, a code or a name stands for; `None` where it stands for none."""
    return _BY_TEXT.get(text.strip().casefold())


def find_currencies(text: str) -> list[tuple[int, int, str]]:
    """Start, end and ISO code of every currency that is printed in the text."""
    found = ((match.start(), match.end(), currency_code(match.group())) for match in CURRENCY.finditer(text))
    return [(start, end, code) for start, end, code in found if code]
