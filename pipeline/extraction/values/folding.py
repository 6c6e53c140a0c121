"""Text made comparable without moving a character: lower case, no accents, plain quotes and dashes."""

import unicodedata

_PLAIN = {"ß": "s", "æ": "a", "ø": "o", "ł": "l", "đ": "d", "’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "„": '"'}
_DASHES = "‐‑‒–—−﹣－"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\n\f\v"


def _plain(code: int) -> str | None:
    """The plain letter of an accented one; `None` where there is none of length one."""
    base = unicodedata.normalize("NFKD", chr(code))
    base = "".join(c for c in base if not unicodedata.combining(c)).lower()
    return base if len(base) == 1 else None


def _table() -> dict[int, str]:
    """Latin, Greek and Cyrillic letters and full-width forms."""
    ranges = (range(0x41, 0x5B), range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x1F00), range(0xFF01, 0xFF5F))
    table = {code: plain for codes in ranges for code in codes if (plain := _plain(code)) is not None}
    table |= {ord(char): plain for char, plain in _PLAIN.items()}
    return table | {ord(char): "-" for char in _DASHES} | {ord(char): " " for char in _SPACES}


_FOLD = _table()


def fold(text: str) -> str:
    """The text in a form for comparing; character i of the answer stands for character i of the text."""
    return text.translate(_FOLD)


def squeeze(text: str) -> str:
    """Folded, with single spaces."""
    return " ".join(fold(text).split())
