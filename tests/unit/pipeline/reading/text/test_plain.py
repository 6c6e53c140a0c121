"""Plain text."""

import pytest

from pipeline.errors import LimitExceeded
from pipeline.reading.text.plain import read_plain
from pipeline.settings import Reading
from tests.support.blocks import blocks, codes, read, sections


def test_paragraphs_are_what_empty_lines_part():
    document = read(read_plain, "one\r\ntwo\r\n\r\n \r\nthree  \r\n")
    assert blocks(document) == [("paragraph", "one\ntwo"), ("paragraph", "three")]


def test_columns_keep_their_places():
    text = "  Tea      3.00\n  Coffee   4.00"
    assert read(read_plain, text).text == text


def test_an_underlined_line_is_a_heading():
    document = read(read_plain, "Title\n=====\nIntro\n\nPart\n----\n\ntext")
    assert blocks(document) == [
        ("heading", "Title"),
        ("paragraph", "Intro"),
        ("heading", "Part"),
        ("paragraph", "text"),
    ]
    assert sections(document)[-1] == ["Title", "Part"]
    assert document.title == "Title"


def test_a_rule_is_not_a_heading():
    assert blocks(read(read_plain, "Total 12.00\n-----------------------------"))[0][0] == "paragraph"
    assert blocks(read(read_plain, "---\ntext")) == [("paragraph", "---\ntext")]


def test_a_bulleted_paragraph_is_a_list():
    document = read(read_plain, "- one\n  goes on\n- two\n\n- minus 5\nand text")
    assert blocks(document) == [
        ("list_item", "- one\n  goes on"),
        ("list_item", "- two"),
        ("list_item", "- minus 5\nand text"),
    ]


def test_an_old_character_set_is_guessed_and_said():
    document = read(read_plain, "Grüße".encode("cp1252"))
    assert document.text == "Grüße"
    assert codes(document) == ["encoding-guessed"]


def test_an_empty_text_has_no_blocks():
    assert read(read_plain, " \n\n").blocks == []


def test_separated_values_are_a_sheet():
    document = read(read_plain, 'name;price\n"Tea; green";3,00\nMilk;\n', name="list.CSV")
    assert document.shape == "sheets"
    assert [(cell.ref, cell.text) for cell in document.sheets[0].cells] == [
        ("A1", "name"),
        ("B1", "price"),
        ("A2", "Tea; green"),
        ("B2", "3,00"),
        ("A3", "Milk"),
    ]
    assert document.sheets[0].name == "list"


def test_only_a_name_that_says_so_makes_it_a_sheet():
    assert read(read_plain, "a,b\n1,2\n", name="list.txt").shape == "text"


def test_a_letter_called_csv_is_still_a_letter():
    document = read(read_plain, "Dear Anna,\n\nhow are you?\nYours, Peter", name="letter.csv")
    assert document.shape == "text"


def test_too_large_a_text_is_refused():
    with pytest.raises(LimitExceeded):
        read(read_plain, "x" * 11, settings=Reading(max_text_bytes=10))
