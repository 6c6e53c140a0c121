"""Bytes to text."""

import io

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text.encoding import codec, decoded, read_bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_utf_in_every_form_is_told_by_itself(encoding):
    assert decoded("Größe 10 €".encode(encoding)) == ("Größe 10 €", [])


def test_big_endian_utf16_is_told_by_its_mark():
    assert decoded(b"\xfe\xff" + "Größe".encode("utf-16-be")) == ("Größe", [])


@pytest.mark.parametrize("name", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_what_is_declared_counts_where_the_bytes_are_no_utf8(name):
    assert decoded("日本語".encode(name), name) == ("日本語", [])


def test_utf8_wins_over_a_wrong_declaration():
    assert decoded("Größe".encode(), "iso-8859-1") == ("Größe", [])


def test_latin1_means_windows_1252_as_on_the_web():
    assert decoded("10 €".encode("cp1252"), "ISO-8859-1") == ("10 €", [])


def test_a_guess_is_said():
    text, notices = decoded("Größe 10 €".encode("cp1252"))
    assert text == "Größe 10 €"
    assert [notice.code for notice in notices] == ["encoding-guessed"]


def test_what_cannot_be_read_is_counted():
    text, notices = decoded(b"Gr\xffe", "gb2312")
    assert "\ufffd" in text
    assert [notice.code for notice in notices] == ["encoding-damaged"]
    text, notices = decoded(b"\xff\xfea\x00b")
    assert text == "a\ufffd"
    assert [notice.code for notice in notices] == ["encoding-damaged"]


def test_every_byte_is_read_somehow():
    text, _ = decoded(bytes(range(256)))
    assert len(text) == 256


@pytest.mark.parametrize(
    "name", ["zip", "rot13", "idna", "punycode", "hex", "utf-7", "unicode_escape", "x" * 100, "", None]
)
def test_names_of_what_is_no_character_set_are_not_believed(name):
    assert codec(name) is None


def test_a_name_may_be_written_in_several_ways():
    assert codec(" UTF8 ") == codec("utf-8") == "utf-8"
    assert codec("Latin-1") == codec("us-ascii") == codec("windows-1252") == "cp1252"


def test_a_file_above_the_limit_is_not_read():
    source = io.BytesIO(b"12345")
    assert read_bytes(source, 5) == b"12345"
    with pytest.raises(LimitExceeded) as caught:
        read_bytes(source, 4)
    assert caught.value.facts == {"limit": "max_text_bytes", "allowed": 4}
