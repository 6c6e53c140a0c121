"""Bytes to text, when nobody says for sure which character set they are in."""

import codecs
import re
from typing import BinaryIO

from pipeline.errors import LimitExceeded
from schemas.documents import Notice

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FALLBACK = "cp1252"
# The names that documents give to character sets reach Python only through this list: it also knows "zip" and "rot13"
# by such names, and "idna", which takes quadratic time.
_KNOWN = re.compile(
    r"utf-?(8|16|32)(-?[lb]e)?|utf8|(us-?)?ascii|(iso-?)?8859-\d{1,2}|iso-?8859-?\d{1,2}|latin-?\d|windows-\d{3,4}|cp\d{3,4}"
    r"|koi8-?[rut]|gbk|gb2312|gb18030|big5(-hkscs)?|shift-?jis|sjis|euc-?(jp|kr|cn)|iso-2022-(jp|kr)|mac-?(roman|cyrillic)|tis-620"
)
_WESTERN = {"ascii", "iso8859-1", "cp1252"}


def codec(name: str | None) -> str | None:
    """Python's name of the character set that a document calls `name`; `None` when there is none.

    As on the Web, ASCII and Latin-1 are read as Windows-1252, which holds both (Encoding standard, "Names and labels").
    """
    if not name or not _KNOWN.fullmatch(name.strip().lower().replace("_", "-")):
        return None
    try:
        known = codecs.lookup(name.strip()).name
    except LookupError:
        return None
    return FALLBACK if known in _WESTERN else known


def decoded(data: bytes, declared: str | None = None) -> tuple[str, list[Notice]]:
    """The text, and a warning where the character set was guessed or does not fit.

    A byte order mark decides, then UTF-8 where the bytes are that, then what is `declared`, then Windows-1252.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _leniently(data[len(mark) :], encoding)
    named = codec(declared)
    if named not in {"utf-16-le", "utf-16-be", "iso2022_jp", "iso2022_kr"}:  # UTF-8 could not tell these from ASCII
        try:
            return data.decode("utf-8"), []
        except UnicodeDecodeError:
            pass
    if named is not None and named != "utf-8":
        return _leniently(data, named)
    text, _ = _leniently(data, FALLBACK)
    message = "the text is not UTF-8 and was read as Windows-1252; letters with accents may be wrong"
    return text, [Notice(code="encoding-guessed", message=message)]


def _leniently(data: bytes, encoding: str) -> tuple[str, list[Notice]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    message = f"{text.count(chr(0xFFFD))} characters could not be read as {encoding}"
    return text, [Notice(code="encoding-damaged", message=message)]


def read_bytes(source: BinaryIO, limit: int) -> bytes:
    """All of a file.

    Raises:
        LimitExceeded: it has more than `limit` bytes.
    """
    source.seek(0)
    data = source.read(limit + 1)
    if len(data) > limit:
        message = f"files of this type are read up to {limit} bytes"
        raise LimitExceeded(message, limit="max_text_bytes", allowed=limit)
    return data
