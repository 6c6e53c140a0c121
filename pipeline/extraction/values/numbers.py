"""Numbers and amounts of money in text, as decimals with exactly the digits that are printed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.extraction.values.currencies import CURRENCY, currency_code
from pipeline.extraction.values.locale import DecimalMark

_DIGITS = re.compile(
    r"(?<![\w.,/])(?<![A-Za-z][-_])"
    r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,'’]\d+)*)(?![\w/]|[.,]\d)"
    r"|(?<=[A-Za-z])(?<!\d[A-Za-z])\d+(?:[.,'’]\d+)*(?![\w/]|[.,]\d)"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?:,\d{2})*,\d{3}")
"""In threes, or as in India in twos before the last three."""
_BEFORE = 6
"""Characters before a number in which its currency may stand."""
_MINUS = "-−–"


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """The characters `start` to `end` (sign and currency included) read as a number."""

    start: int
    end: int
    value: Decimal
    currency: str | None = None
    percent: bool = False
    ambiguous: bool = False
    """Whether the separator could mean thousands as well as decimals."""

    @property
    def decimals(self) -> int:
        """Digits after the decimal mark."""
        exponent = self.value.as_tuple().exponent
        return -exponent if isinstance(exponent, int) else 0

    @property
    def money_like(self) -> bool:
        """Whether it looks like money: two decimals, or a currency beside it."""
        return not self.percent and (self.decimals == 2 or self.currency is not None)


def parse_number(digits: str, mark: DecimalMark = ".") -> tuple[Decimal, bool] | None:
    """The decimal that a run of digits and separators stands for, and whether it could be read otherwise.

    The last of two different separators is the decimal mark; a separator that occurs twice groups thousands; a single
    one before exactly three digits is what `mark` says. `None` where the grouping is impossible (1.23.456).
    """
    text = re.sub(r"[\s\u00a0\u202f'’]", "", digits)
    points, commas = text.count("."), text.count(",")
    if points and commas:
        decimal = "." if text.rfind(".") > text.rfind(",") else ","
        if text.count(decimal) > 1:
            return None
    elif points + commas > 1:
        decimal = ""
    elif points or commas:
        decimal = "." if points else ","
        whole, _, rest = text.partition(decimal)
        if len(rest) == 3 and whole not in ("", "0"):
            return Decimal(whole + rest if decimal != mark else f"{whole}.{rest}"), True
    else:
        return Decimal(text), False
    return _assemble(text, decimal)


def _assemble(text: str, decimal: str) -> tuple[Decimal, bool] | None:
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    if re.search(r"[.,]", whole) and not _GROUPED.fullmatch(whole):
        return None
    plain = re.sub(r"[.,]", "", whole)
    return Decimal(f"{plain}.{rest}" if rest else plain), False


def find_numbers(text: str, mark: DecimalMark = ".") -> list[FoundNumber]:
    """Every number of the text, in its order; digits inside words, dates and paths are left alone."""
    return list(_numbers(text, mark))


def _numbers(text: str, mark: DecimalMark) -> Iterator[FoundNumber]:
    done = 0
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        attached = start > 0 and text[start - 1].isalpha()
        parsed = parse_number(match.group(), mark)
        if parsed is None or len(match.group()) > 40:
            continue
        value, ambiguous = parsed
        start, before = _currency_before(text, start, done)
        if attached and before is None:
            continue
        end, after = _currency_after(text, end)
        start, end, negative = _sign(text, start, end)
        done = end
        percent = text[end : end + 2].lstrip().startswith("%")
        yield FoundNumber(start, end, -value if negative else value, before or after, percent, ambiguous)


def _currency_before(text: str, start: int, done: int) -> tuple[int, str | None]:
    window = text[max(done, start - _BEFORE) : start]
    for match in CURRENCY.finditer(window):
        if window[match.end() :].strip(" \u00a0" + _MINUS) == "":
            return start - len(window) + match.start(), currency_code(match.group())
    return start, None


def _currency_after(text: str, end: int) -> tuple[int, str | None]:
    window = text[end : end + 8]
    match = CURRENCY.search(window)
    if match and window[: match.start()].strip(" \u00a0-") == "":
        return end + match.end(), currency_code(match.group())
    return end, None


def _sign(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """A minus before or after, or accountants' parentheses around the whole text."""
    inside = text[start:end]
    if any(sign in inside for sign in _MINUS):
        return start, end, True
    if start > 0 and text[start - 1] in _MINUS and (start == 1 or not text[start - 2].isalnum()):
        return start - 1, end, True
    if text[end : end + 1] in tuple(_MINUS) and not text[end + 1 : end + 2].strip():
        return start, end + 1, True
    if len(text) <= end - start + 8 and text[:start].strip() == "(" and text[end:].strip() == ")":
        return text.index("("), len(text.rstrip()), True
    return start, end, False
