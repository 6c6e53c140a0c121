"""The numbers in front of list items."""

import pytest
from lxml import etree

from pipeline.reading.office.numbering import Numbering
from pipeline.reading.office.wordml import W


def numbering(levels, nums='<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'):
    written = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
        for at, (form, pattern, start) in enumerate(levels)
    )
    abstract = f'<w:abstractNum w:abstractNumId="0">{written}</w:abstractNum>'
    return Numbering(etree.fromstring(f'<w:numbering xmlns:w="{W[1:-1]}">{abstract}{nums}</w:numbering>'))


LEGAL = [("decimal", "%1.", 1), ("decimal", "%1.%2", 1), ("lowerLetter", "(%3)", 1), ("upperRoman", "%4)", 3)]


def test_levels_count_within_one_another():
    found = numbering(LEGAL)
    asked = [0, 1, 1, 2, 2, 1, 0, 1, 3]
    assert [found.next("1", level) for level in asked] == ["1.", "1.1", "1.2", "(a)", "(b)", "1.3", "2.", "2.1", "III)"]


def test_a_level_that_was_skipped_counts_as_begun():
    assert numbering(LEGAL).next("1", 1) == "1.1"


def test_a_bullet_is_not_written_but_ends_the_levels_below():
    found = numbering([("bullet", "•", 1), ("decimal", "%2.", 5)])
    assert [found.next("1", level) for level in (0, 1, 1, 0, 1)] == ["", "5.", "6.", "", "5."]


def test_lists_of_one_kind_go_on_unless_one_starts_anew():
    nums = "".join(f'<w:num w:numId="{at}"><w:abstractNumId w:val="0"/></w:num>' for at in (1, 2))
    nums += (
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    found = numbering(LEGAL, nums)
    assert [found.next(ident, 0) for ident in "112332"] == ["1.", "2.", "3.", "7.", "8.", "4."]


@pytest.mark.parametrize(
    ("form", "start", "written"),
    [
        ("upperLetter", 1, "A"),
        ("lowerLetter", 27, "aa"),
        ("lowerLetter", 0, "0"),
        ("lowerRoman", 1994, "mcmxciv"),
        ("lowerRoman", 4000, "4000"),
        ("decimalZero", 7, "07"),
        ("chineseCounting", 3, "3"),
        ("none", 1, ""),
    ],
)
def test_numbers_are_written_in_the_form_asked_for(form, start, written):
    assert numbering([(form, "%1", start)]).next("1", 0) == written


@pytest.mark.parametrize(("ident", "level"), [("9", 0), ("1", 8), ("1", -1), ("1", 99)])
def test_lists_and_levels_that_there_are_not_have_no_number(ident, level):
    assert numbering(LEGAL).next(ident, level) == ""


def test_a_document_may_have_no_lists():
    assert Numbering(None).next("1", 0) == ""
