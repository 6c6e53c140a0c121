"""Mail."""

from email.message import EmailMessage

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text import mail
from pipeline.reading.text.mail import read_mail
from tests.support.blocks import blocks, codes, read, sections

HEADERS = """\
From: Zoë Müller <zoe@example.org>
To: bob@example.org
Date: Fri, 01 Mar 2024 10:00:00 +0000
Subject: Greetings"""


def message(text="Hello\n\nBye", subject="Greetings"):
    made = EmailMessage()
    made["From"] = "Zoë Müller <zoe@example.org>"
    made["To"] = "bob@example.org"
    made["Date"] = "Fri, 01 Mar 2024 10:00:00 +0000"
    made["Subject"] = subject
    made.set_content(text)
    return made


def test_headers_lead_and_the_text_follows():
    document = read(read_mail, bytes(message(subject="Grüße — wichtig")))
    assert blocks(document) == [
        ("paragraph", HEADERS.replace("Greetings", "Grüße — wichtig")),
        ("paragraph", "Hello"),
        ("paragraph", "Bye"),
    ]
    assert document.title == "Grüße — wichtig"
    assert document.warnings == []


def test_plain_text_is_preferred():
    made = message("plain")
    made.add_alternative("<p>rich</p>", subtype="html")
    assert [text for _, text in blocks(read(read_mail, bytes(made)))][1:] == ["plain"]


@pytest.mark.parametrize("plain", ["", " \n"])
def test_html_is_read_where_the_plain_text_says_nothing(plain):
    made = message(plain)
    made.add_alternative("<h1>Rich</h1><p hidden>no</p><p>text", subtype="html")
    assert blocks(read(read_mail, bytes(made)))[1:] == [("heading", "Rich"), ("paragraph", "text")]


def test_attachments_are_named():
    made = message()
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Rechnung für Zoë.pdf")
    made.add_attachment("text", filename="note.txt")
    document = read(read_mail, bytes(made))
    assert codes(document) == ["attachments-not-read"]
    assert document.warnings[0].message == "2 attachments were not read: Rechnung für Zoë.pdf, note.txt"
    assert "text" not in document.text


def test_pictures_in_the_text_are_no_attachments():
    made = message("plain")
    made.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="logo.gif", disposition="inline")
    made.add_attachment(b"GIF89a", maintype="image", subtype="gif", cid="<1>", disposition="inline")
    document = read(read_mail, bytes(made))
    assert [(notice.code, notice.message) for notice in document.warnings] == [
        ("pictures-not-read", "2 pictures were not read: logo.gif, image/gif")
    ]


def test_a_picture_that_is_attached_is_an_attachment():
    made = message()
    made.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="scan.gif")
    assert codes(read(read_mail, bytes(made))) == ["attachments-not-read"]


def test_a_signature_holds_nothing_to_read():
    made = message()
    made.add_attachment(b"-----", maintype="application", subtype="pgp-signature", filename="signature.asc")
    assert codes(read(read_mail, bytes(made))) == []


def test_a_forwarded_message_is_a_section():
    inner = message("inner text", subject="First")
    outer = message("see below", subject="Fwd: First")
    outer.add_attachment(inner)
    document = read(read_mail, bytes(outer))
    assert [text for _, text in blocks(document)][1:3] == ["see below", "Forwarded message: First"]
    assert blocks(document)[-1] == ("paragraph", "inner text")
    assert sections(document)[-1] == ["Forwarded message: First"]


def test_only_some_forwarded_messages_are_read(monkeypatch):
    monkeypatch.setattr(mail, "MAX_MESSAGES", 2)
    outer = message()
    for number in range(3):
        outer.add_attachment(message(f"inner {number}"))
    document = read(read_mail, bytes(outer))
    assert "inner 0" in document.text
    assert "inner 1" not in document.text
    assert document.warnings[0].message.startswith("2 attachments were not read")


def test_the_declared_character_set_is_used():
    data = b"Subject: x\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n" + "Привет".encode("koi8-r")
    assert blocks(read(read_mail, data))[-1] == ("paragraph", "Привет")


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: =?utf-8?B?////?= =?x?Q?=41?= =?utf-8?B?a?=\nFrom: =?idna?q?x?=\n\nbody",
        b'Subject: x\nContent-Type: text/plain; charset="zip"\nContent-Transfer-Encoding: base64\n\n!!!!',
        b"Subject: x\nContent-Type: multipart/mixed\n\nno boundary",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b",
        b"Subject: x\nContent-Type: message/rfc822\n\n",
        b"Subject: \xff\xfe\x00\nContent-Type: ;;;\nContent-Disposition: ;filename*=x'y\n\nbody\xff",
        b"",
    ],
)
def test_broken_messages_are_read_as_far_as_they_go(data):
    assert read(read_mail, data).shape == "text"


def test_a_long_header_costs_no_more_than_a_part_of_it():
    document = read(read_mail, b"Subject: " + b"=?utf-8?q?=41?= " * 50_000 + b"\n\nbody")
    assert len(document.text) < 20_000
    assert document.text.endswith("body")


def nested(depth):
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{at}"\n\n--b{at}\n' for at in range(depth))
    return f"Subject: x\nMIME-Version: 1.0\n{parts}Content-Type: text/plain\n\ndeep"


@pytest.mark.parametrize(
    "data",
    [
        nested(50),
        nested(3_000),
        "Subject: x\n" + "Content-Type: message/rfc822\n\n" * 3_000,
        "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 2_000,
    ],
    ids=["deep", "very deep", "messages", "many"],
)
def test_too_many_parts_are_refused(data):
    assert read(read_mail, nested(5)).text.endswith("deep")
    with pytest.raises(LimitExceeded):
        read(read_mail, data)
