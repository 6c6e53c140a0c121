"""Closed lists: yes and no, and the members of an enumeration."""

import pytest

from pipeline.extraction.values.choices import choose_member, read_boolean


@pytest.mark.parametrize(
    ("text", "value"), [("Yes", True), ("ja", True), ("☑", True), ("Nein.", False), ("[x]", True), ("perhaps", None)]
)
def test_a_word_or_a_mark_says_yes_or_no(text, value):
    assert read_boolean(text) is value


def test_a_member_is_met_whatever_its_case_and_underscores():
    assert choose_member("Bank Transfer", ["card", "bank_transfer"]) == "bank_transfer"


def test_the_longest_member_that_begins_the_text_is_taken():
    assert choose_member("full time, 40 hours", ["full", "full time"]) == "full time"


def test_a_slip_is_forgiven_only_where_one_member_is_near():
    assert choose_member("comprehensve", ["basic", "comprehensive"]) == "comprehensive"
    assert choose_member("something else", ["basic", "comprehensive"]) is None
