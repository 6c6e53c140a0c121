"""Mail messages (RFC 5322, MIME): who wrote what to whom, and the names of what was attached."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import BinaryIO

from pipeline.errors import LimitExceeded
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, one_line
from pipeline.reading.text.encoding import decoded, read_bytes
from pipeline.reading.text.html import add_html
from pipeline.reading.text.plain import add_plain
from schemas.documents import Document, Notice

SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
MAX_DEPTH = 20
"""Parts within parts."""
MAX_PARTS = 1_000
MAX_MESSAGES = 10
"""Forwarded messages that are read."""
MAX_NAMES = 20
"""Attachments that are named in the warning."""

SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
"""Parts for programs (RFC 1847): a person sees nothing of them."""
MAX_HEADER_CHARACTERS = 16_384
"""Decoding a header takes quadratic time."""

_Part = Message


def read_mail(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A message: its headers, its text (HTML only where there is no other), and forwarded messages the same way.

    Attachments are not read; a warning names them. Pictures within the text, mostly logos, have a warning of their own.

    Raises:
        LimitExceeded: it is larger than `max_text_bytes`, or has too many parts within parts.
        DamagedFile: its parts cannot be told apart.
    """
    data = read_bytes(source, options.settings.max_text_bytes)
    try:
        message = message_from_bytes(data)
    except RecursionError as error:
        raise LimitExceeded("the message is nested too deeply", limit="mail_depth") from error
    mail = _Mail(TextBuilder(progress, len(data)))
    mail.read(message)
    progress(1.0)
    return mail.builder.document(options.media_type, title=header(message, "Subject"), produced_by={})


def header(message: _Part, name: str) -> str:
    """A header as it was meant to be read, encoded words (RFC 2047) decoded; empty where there is none."""
    raw = message.get(name)
    if raw is None:
        return ""
    text = str(raw)[:MAX_HEADER_CHARACTERS]
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):  # broken base64 in an encoded word
        return one_line(text)
    return one_line("".join(_piece(text, charset) for text, charset in pieces))


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    found, _ = decoded(text, charset)
    return found


class _Mail:
    """Appends a message and those within it to one text."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self._attached: list[str] = []
        self._pictures: list[str] = []
        self._parts = 0
        self._messages = 0

    def read(self, message: _Part) -> None:
        waiting = [message]
        while waiting:
            current = waiting.pop(0)
            self._messages += 1
            if self._messages > 1:
                self.builder.leave_sections()
                self.builder.heading(f"Forwarded message: {header(current, 'Subject')}", 1)
            self._headers(current)
            for part in self._leaves(current):
                inner = _inner(part)
                if inner is not None and self._messages + len(waiting) < MAX_MESSAGES:
                    waiting.append(inner)
                elif inner is not None or _is_attached(part):
                    self._leave_out(part)
                else:
                    self._body(part)
        for what, names in (("attachment", self._attached), ("picture", self._pictures)):
            if names:
                self.builder.warnings.append(_not_read(what, names))

    def _leave_out(self, part: _Part) -> None:
        """What holds nothing to read is not missed."""
        if part.get_content_type() in SIGNATURES:
            return
        drawn = part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"
        (self._pictures if drawn else self._attached).append(_name(part))

    def _headers(self, message: _Part) -> None:
        lines = ((name, header(message, name)) for name in SHOWN_HEADERS)
        self.builder.add("paragraph", "\n".join(f"{name}: {text}" for name, text in lines if text))

    def _leaves(self, message: _Part) -> Iterator[_Part]:
        """The parts that hold something, in order; of alternatives the best that can be read.

        Raises:
            LimitExceeded: there are too many parts, or they are nested too deeply.
        """
        stack = [(message, 0)]
        while stack:
            part, depth = stack.pop()
            self._parts += 1
            if depth > MAX_DEPTH or self._parts > MAX_PARTS:
                raise LimitExceeded("the message has too many parts", limit="mail_parts")
            if part.get_content_maintype() != "multipart":
                yield part
                continue
            inside = _members(part)
            if part.get_content_subtype() == "alternative":
                inside = _best(inside)
            stack += [(member, depth + 1) for member in reversed(inside)]

    def _body(self, part: _Part) -> None:
        text, notices = _text(part)
        for notice in notices:
            if notice not in self.builder.warnings:
                self.builder.warnings.append(notice)
        if part.get_content_subtype() == "html":
            add_html(self.builder, text)
        else:
            add_plain(self.builder, text)


def _members(part: _Part) -> list[_Part]:
    payload = part.get_payload()
    return [member for member in payload if isinstance(member, Message)] if isinstance(payload, list) else []


def _best(alternatives: list[_Part]) -> list[_Part]:
    """Plain text where it says something, else the last, which is the richest (RFC 2046, section 5.1.4)."""
    for part in alternatives:
        if part.get_content_type() == "text/plain" and _text(part)[0].strip():
            return [part]
    readable = [part for part in alternatives if part.get_content_maintype() in {"text", "multipart"}]
    return (readable or alternatives)[-1:]


def _inner(part: _Part) -> _Part | None:
    """The message that a part holds as a whole."""
    if part.get_content_type() != "message/rfc822":
        return None
    members = _members(part)
    return members[0] if members else None


def _is_attached(part: _Part) -> bool:
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return True
    return part.get_content_disposition() == "attachment"


def _text(part: _Part) -> tuple[str, list[Notice]]:
    payload = part.get_payload(decode=True)
    charset = part.get_param("charset")
    return decoded(payload if isinstance(payload, bytes) else b"", charset if isinstance(charset, str) else None)


def _name(part: _Part) -> str:
    raw = part.get_filename()
    holder = Message()
    holder["name"] = re.sub(r"[\r\n]+", " ", raw) if raw else part.get_content_type()
    return header(holder, "name")[:100]


def _not_read(what: str, names: list[str]) -> Notice:
    shown = ", ".join(names[:MAX_NAMES]) + (", …" if len(names) > MAX_NAMES else "")
    count = f"1 {what} was" if len(names) == 1 else f"{len(names)} {what}s were"
    return Notice(code=f"{what}s-not-read", message=f"{count} not read: {shown}")
