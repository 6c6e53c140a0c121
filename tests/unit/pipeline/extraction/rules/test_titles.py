"""Documents name themselves in a line of their own."""

import pytest

from pipeline.extraction.leaves import Leaf
from pipeline.extraction.merging import choose
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.rules.titles import document_titles

TARGET = Target(
    leaf=Leaf(path=("t",), schema={}, nullable=True, required=False, type="string"),
    concept=None,
    kind="text",
    owners=(),
)


@pytest.fixture
def title(case_of):
    def find(document):
        choice = choose(list(document_titles(case_of(document, {}).view, TARGET)))
        return None if choice is None else choice.candidate.value

    return find


def test_a_contract_names_itself_in_capitals(title, drawn):
    assert title(drawn("EX-99.1\nSERVICES AGREEMENT\nThis Services Agreement is made between")) == "SERVICES AGREEMENT"


def test_a_title_over_two_lines_is_put_together(title, drawn):
    assert title(drawn("MUTUAL NON-DISCLOSURE\nAND CONFIDENTIALITY AGREEMENT\ntext follows here")) == (
        "MUTUAL NON-DISCLOSURE AND CONFIDENTIALITY AGREEMENT"
    )


def test_minutes_name_their_meeting(title, written):
    assert title(written("# Minutes of the board meeting", "Present: Ann")) == "Minutes of the board meeting"


def test_else_the_first_heading_is_the_title(title, written):
    assert title(written("# Safety rules", "No running.")) == "Safety rules"


def test_a_sentence_about_an_agreement_is_no_title(title, drawn):
    assert title(drawn("we came to an agreement about the boats.")) is None
