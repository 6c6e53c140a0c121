"""Lines that belong together, and who belongs to a heading."""

import pytest

from pipeline.extraction.rules.blocks import text_blocks
from pipeline.extraction.rules.sections import address_in, find_sections, name_in


@pytest.fixture
def blocks_of(drawn, case_of):
    def find(*drawings):
        layout = case_of(drawn(*drawings), {}).view.layout
        return text_blocks(layout, 0, len(layout.rows))

    return find


def texts(blocks):
    return [[run.text for run in block.runs] for block in blocks]


def test_lines_under_one_another_are_a_block_and_columns_are_two(blocks_of):
    found = blocks_of("""
Alpha Trading                 Beta Shop
1 High Street                 2 Low Street
London                        Paris
""")
    assert texts(found) == [["Alpha Trading", "1 High Street", "London"], ["Beta Shop", "2 Low Street", "Paris"]]


def test_an_empty_line_parts_blocks(blocks_of):
    assert texts(blocks_of("one\ntwo\n\n\nthree\nfour")) == [["one", "two"], ["three", "four"]]


def test_lines_that_begin_elsewhere_are_blocks_of_their_own(blocks_of):
    assert texts(blocks_of("one line of words\n          another line of quite a few words")) == [
        ["one line of words"],
        ["another line of quite a few words"],
    ]


def test_centred_lines_are_one_block(blocks_of):
    assert texts(blocks_of("    THE  GRAND  HOTEL".replace("  ", " ").rjust(25) + "\n" + "Main Street".rjust(21))) == [
        ["THE GRAND HOTEL", "Main Street"]
    ]


def test_a_block_does_not_go_on_over_the_end_of_a_page(blocks_of):
    found = blocks_of("one\ntwo", "three")
    assert texts(found) == [["one", "two"], ["three"]]
    assert [block.page for block in found] == [1, 2]


def test_the_box_of_a_block_is_around_its_lines(blocks_of):
    [block] = blocks_of("a longer line\nshort")
    assert block.box[0] == min(run.box[0] for run in block.runs)
    assert block.box[2] == block.runs[0].box[2]
    assert block.box[3] == block.runs[1].box[3]


PARTY = {"type": "object", "properties": {"name": {"type": "string"}, "address": {"type": "string"}}}


@pytest.fixture
def sections_of(drawn, case_of):
    """The sections of a drawing as owner → name, lines and address."""

    def find(drawing):
        view = case_of(drawn(drawing), {"seller": PARTY, "buyer": PARTY}).view
        blocks = text_blocks(view.layout, 0, len(view.layout.rows))
        found = {}
        for section in find_sections(view, blocks, ["seller", "buyer"]):
            name = name_in(view, section)
            found[section.owner] = (
                name and name[0].text[name[1] : name[2]],
                [run.text[start:end] for run, start, end in section.lines],
                [run.text[start:end] for run, start, end in address_in(section, name)],
            )
        return found

    return find


def test_the_lines_under_a_heading_are_its_own_and_the_first_is_the_name(sections_of):
    found = sections_of("""
Seller:                       Bill to:
Alpha Trading                 Beta Shop
1 High Street                 2 Low Street
AB1 2CD London                AB1 2CE London
""")
    assert found["seller"] == (
        "Alpha Trading",
        ["Alpha Trading", "1 High Street", "AB1 2CD London"],
        ["1 High Street", "AB1 2CD London"],
    )
    assert found["buyer"][0] == "Beta Shop"


def test_what_stands_behind_a_heading_in_its_line_is_its_first_line(sections_of):
    assert sections_of("Bill to: Beta Shop Ltd\n         2 Low Street")["buyer"][:1] == ("Beta Shop Ltd",)


def test_what_stands_beside_a_heading_is_its_own(sections_of):
    found = sections_of("""
Bill to:      Beta Shop Ltd
              2 Low Street
              AB1 2CE London
""")
    assert found["buyer"][1] == ["Beta Shop Ltd", "2 Low Street", "AB1 2CE London"]


def test_a_section_ends_where_another_party_begins(sections_of):
    found = sections_of("""
Seller:
Alpha Trading
Bill to:
Beta Shop
""")
    assert found["seller"][1] == ["Alpha Trading"]
    assert found["buyer"][1] == ["Beta Shop"]


def test_a_firm_is_preferred_to_a_line_above_it(sections_of):
    assert sections_of("Bill to:\nAttention Mary Poppins\nBeta Shop Ltd\n2 Low Street")["buyer"][0] == "Beta Shop Ltd"


def test_a_heading_with_nothing_under_it_gives_nobody(sections_of):
    assert sections_of("Bill to:") == {}
