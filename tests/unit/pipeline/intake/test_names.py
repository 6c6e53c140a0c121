"""File names from outside."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.names import clean_name


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\scan.tif", "scan.tif"),
        ("/", "unnamed"),
        ("", "unnamed"),
        ("..", "unnamed"),
        (" . ", "unnamed"),
        ("folder/", "folder"),
        ("a\x00b\x1f.pdf\n", "ab.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("zero\u200b\ufeffwidth.txt", "zerowidth.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("half \ud800 surrogate", "half surrogate"),
        ("  two   spaces .txt ", "two spaces .txt"),
    ],
)
def test_a_name_loses_its_path_and_what_cannot_be_seen(raw, clean):
    assert clean_name(raw) == clean


def test_a_long_name_keeps_its_suffix_and_whole_characters():
    name = clean_name("é" * 300 + ".pdf")
    assert name == "é" * 125 + ".pdf"
    assert len(name.encode()) == 254


def test_a_suffix_too_long_to_be_one_is_cut_with_the_rest():
    assert clean_name("a." + "b" * 300) == "a." + "b" * 253


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_stored_and_stays_as_it_is(raw):
    name = clean_name(raw)
    assert 0 < len(name.encode()) <= 255
    assert not set(name) & set("/\\\0\n\r")
    assert name not in {".", ".."}
    assert unicodedata.is_normalized("NFC", name)
    assert clean_name(name) == name
