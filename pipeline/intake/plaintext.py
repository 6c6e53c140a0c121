"""Files without a signature: whether they are text, and which kind. Only here does the name's suffix help."""

import codecs
import re
from pathlib import PurePath

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.005
"""Share of control characters above which bytes are not text; random bytes have a tenth of them."""

_PREFACE = r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)?"
_HTML = re.compile(
    _PREFACE + r"<(?:!doctype\s+html|html|head|body|title|meta|table|div|h[1-6]|p)\b", re.IGNORECASE | re.DOTALL
)
_SVG = re.compile(_PREFACE + r"(?:<!doctype\s+svg[^>]{0,400}>\s*)?<(?:svg:)?svg\b", re.IGNORECASE | re.DOTALL)
_PLAYLIST = re.compile(
    _PREFACE + r"(?:#EXTM3U|#EXTINF|\[playlist\]|ffconcat version|<MPD\b|<smil\b)", re.IGNORECASE | re.DOTALL
)
_INVOICE = re.compile(
    r"\s*(?:(?:<\?[^>]{0,400}\?>|<!--.{0,2000}?-->)\s*){0,10}"
    r"<(?:[\w.-]{1,40}:)?(?:CrossIndustryInvoice|CrossIndustryDocument|Invoice|CreditNote)\s[^>]{0,6000}?"
    r"(?:urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100|urn:ferd:CrossIndustryDocument:invoice:1p0|"
    r"urn:oasis:names:specification:ubl:schema:xsd:(?:Invoice|CreditNote)-2)[\"']",
    re.DOTALL,
)
"""The root element of an XML invoice, which says its namespace; all other XML is text."""
_ANY_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]{0,400})?/?>", re.IGNORECASE)
_HEADER = re.compile(r"([!-9;-~]+):(?:\s|$)")
_MBOX = re.compile(r"From \S+ .*\d{4}")

_MAIL_ONLY = {"received", "message-id", "mime-version", "return-path", "delivered-to", "x-mailer"}
_MAIL = _MAIL_ONLY | {"from", "to", "subject", "date", "content-type", "cc", "reply-to", "sender"}


def text_type(head: bytes, name: str) -> str | None:
    """The media type of a text that begins with `head`; `None` when it is no text."""
    text = _decoded(head)
    if text is None:
        return None
    suffix = PurePath(name).suffix.lower()
    return _not_read(text, suffix) or _kind(text, suffix)


def _not_read(text: str, suffix: str) -> str | None:
    """Texts that a program would run, draw or follow."""
    if _SVG.match(text):
        return "image/svg+xml"
    if _PLAYLIST.match(text):
        return "application/x-playlist"
    if text.lstrip().startswith("%!PS"):
        return "application/postscript"
    return "application/mbox" if suffix != ".eml" and _MBOX.match(text) else None


def _kind(text: str, suffix: str) -> str:
    if _INVOICE.match(text):
        return "application/xml"
    if _HTML.match(text) or (suffix in {".html", ".htm", ".xhtml"} and _ANY_TAG.search(text)):
        return "text/html"
    if _is_mail(text, suffix):
        return "message/rfc822"
    return "text/markdown" if suffix in {".md", ".markdown", ".mdown", ".mkd"} else "text/plain"


def _decoded(head: bytes) -> str | None:
    """The head as text; bytes that are no UTF-8 are read as some 8-bit set, which one does not matter here."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace")
    if b"\x00" in head or len(_CONTROL.findall(head)) > len(head) * _MOST_CONTROL:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _is_mail(text: str, suffix: str) -> bool:
    """RFC 5322: the text begins with header fields. A memo has some too, so a `.txt` needs one that only mail has."""
    names = _header_names(text)
    if suffix == ".eml":
        return bool(names & _MAIL)
    if suffix in {".txt", ".md", ".markdown"}:
        return len(names & _MAIL) >= 2 and bool(names & _MAIL_ONLY)
    return len(names & _MAIL) >= 2 and bool(names & (_MAIL_ONLY | {"from"}))


def _header_names(text: str) -> set[str]:
    lines = text.removeprefix("\n").splitlines()
    if lines and _MBOX.match(lines[0]):
        del lines[0]
    names: set[str] = set()
    for line in lines:
        if line[:1] in {" ", "\t"}:
            continue
        field = _HEADER.match(line)
        if field is None:
            break
        names.add(field[1].lower())
    return names
