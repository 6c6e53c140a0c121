"""Hostile texts: nested without end, without a line break, in no encoding, or not text at all."""

import base64
import random
from collections.abc import Iterator

from bench.hostile_files.images import sound
from bench.hostile_files.made import MIB, HostileFile
from bench.hostile_files.pdfs import text_page


def mail(parts: int) -> bytes:
    """A message of so many parts."""
    head = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
    head += b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
    return head + b"--x\r\nContent-Type: text/plain\r\n\r\npart\r\n" * parts + b"--x--\r\n"


def nested_mail(depth: int) -> bytes:
    """A message in a message in a message."""
    head = b"From: a@example.org\r\nSubject: nested\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n"
    return head * depth + b"From: a@example.org\r\nSubject: last\r\n\r\nend\r\n"


def mail_in(charset: bytes, body: bytes) -> bytes:
    """A message whose text is said to be in that character set."""
    head = (
        b"From: a@example.org\r\nSubject: charset\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=%b\r\n"
        % charset
    )
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(body)


def page(body: bytes, head: bytes = b"") -> bytes:
    """An HTML page."""
    return b"<!doctype html><html><head>%b</head><body>%b</body></html>" % (head, body)


def texts() -> Iterator[HostileFile]:
    """The family."""
    noise = random.Random(7).randbytes(200_000)
    wide = b"<table><tr><td colspan=1000000 rowspan=1000000>a</td></tr><tr><td>b</td></tr></table>"
    for name, data, why in (
        ("empty.pdf", b"", "no byte"),
        ("nul.txt", b"text\x00" * 10_000, "zero bytes in a text"),
        ("one-line.txt", b"word " * (4 * MIB // 5), "four megabytes without a line break"),
        ("one-word.txt", b"a" * (2 * MIB), "a word of two megabytes"),
        ("digits.txt", b"1,234." * 200_000, "a number of a million digits"),
        ("invalid-utf8.txt", b"Total: \xff\xfe\xc3\x28 12,50\n\xed\xa0\x80" * 5_000, "bytes that are no UTF-8"),
        ("deep.html", page(b"<div>" * 200_000), "two hundred thousand elements in each other"),
        ("attributes.html", page(b"<p" + b" a=1" * 300_000 + b">x</p>"), "three hundred thousand attributes"),
        ("span.html", page(wide), "a cell a million rows high"),
        ("charset.html", page(b"x", b"<meta charset=zlib_codec>"), "a character set that is a decompressor"),
        ("quotes.md", b">" * 100_000 + b" deep\n", "a hundred thousand quotations in each other"),
        ("brackets.md", b"[" * 50_000 + b"](" * 50_000, "links that do not end"),
        ("stars.md", b"*a_" * 50_000, "emphasis that does not end"),
        ("parts.eml", mail(20_000), "twenty thousand parts"),
        ("nested.eml", nested_mail(2_000), "two thousand messages in each other"),
        ("charset.eml", mail_in(b"rot13", b"text"), "a character set that is none"),
        ("punycode.eml", mail_in(b"punycode", b"a" * 50_000 + b"-" + b"9" * 50_000), "a character set that is slow"),
        ("noise.pdf", noise, "noise under the name of a PDF"),
        ("program.pdf", b"\x7fELF\x02\x01\x01" + noise[:1000], "a program under the name of a PDF"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a drawing that runs"),
        ("print.png", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n", "a program for a printer"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nfile:///etc/passwd\n", "a playlist that points at a file"),
        ("image.pdf", sound("PNG"), "an image under the name of a PDF"),
        ("polyglot.pdf", text_page(20) + sound("PNG") + b"<script>alert(1)</script>", "a PDF with an image behind it"),
        ("../../etc/cron.d/evil\x00\u202e.txt", b"a name that leads elsewhere", "a name that leads elsewhere"),
    ):
        yield HostileFile(name=name, data=data, why=why)
