"""Filters are read as they are meant, and what cannot be read is refused with its place."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InvalidFilter
from pipeline.filtering.conditions import Among, Either, Every, Name, Not
from pipeline.filtering.parse import DEEPEST, MOST_COMPARISONS, MOST_VALUES, parse
from pipeline.filtering.tokens import LONGEST

A, B, C = (Among(Name("collection"), (letter,)) for letter in "abc")


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    assert parse("collection = 'a' or collection = 'b' and collection = 'c'") == Either((A, Every((B, C))))
    assert parse("not collection = 'a' and collection = 'b'") == Every((Not(A), B))
    assert parse("NOT (collection='a' OR collection='b') AND collection='c'") == Every((Not(Either((A, B))), C))


def test_quotes_of_both_kinds_are_texts_and_double_ones_have_escapes() -> None:
    assert parse(r'fields./a = "x\n\"y\" é"') == Among(Name("fields", "/a"), ('x\n"y" é',))
    assert parse(r"fields./a = 'x\n'") == Among(Name("fields", "/a"), (r"x\n",))


def test_a_pointer_in_quotes_may_hold_anything() -> None:
    assert parse('fields."/Total (net)" = 1') == parse('fields."/Total (net)"=1.00')
    assert parse('metadata."/a b/c=d" = true') == Among(Name("metadata", "/a b/c=d"), (True,))


@pytest.mark.parametrize(
    ("text", "says", "at"),
    [
        ("", "the end where a name", 0),
        ("collection", "the end where one of", 10),
        ("collection = a", "'a' where a value", 13),
        ("collection = 'a' collection = 'b'", "'collection' where 'and'", 17),
        ("colour = 'a'", "'colour' where a name (collection, document", 0),
        ("collection > 'a'", "no order", 13),
        ("collection = 5", "write the value in quotes", 13),
        ("type in ('a', 5)", "write the value in quotes", 8),
        ("uploaded = '2024-01-01'", "write a date", 11),
        ("uploaded > 5", "write a date", 11),
        ("fields./due > '2024-01-01'", "only numbers and dates have an order", 14),
        ("fields./due > 2024-13-01", "no date", 14),
        ("fields./a = true and fields./b > true", "only numbers and dates", 33),
        ("fields.total > 5", "cannot be read from '.total", 6),
        ("fields./rows/0/x = 5", "rows of tables", 0),
        ("fields./rows/*/x = 5", "rows of tables", 0),
        ('fields."total" = 5', "begins with /", 0),
        (r'collection = "\q"', "escape", 13),
        (r'collection = "\ud800"', "surrogate", 13),
        (r'fields."/\ude00" = 1', "surrogate", 0),
        ("collection = 'a", "cannot be read from", 13),
        ("collection in ()", "')' where a value", 15),
        ("(collection = 'a'", "the end where ')'", 17),
        ("fields./a = 1; drop table documents", "cannot be read from '; drop", 13),
        ("fields./a = 1e999", "cannot be read", 12),
        ("fields./a = " + "9" * 60, "longer than", 12),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, says: str, at: int) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse(text)
    assert says in refused.value.message
    assert refused.value.facts["at"] == at


@pytest.mark.parametrize(
    "text",
    [
        "not " * (DEEPEST + 1) + "tags = 'a'",
        "(" * (DEEPEST + 1) + "tags = 'a'" + ")" * (DEEPEST + 1),
        " and ".join(["tags = 'a'"] * (MOST_COMPARISONS + 1)),
        f"tags in ({','.join(['1'] * (MOST_VALUES + 1))})",
        "tags = '" + "a" * LONGEST + "'",
        "(" * LONGEST,
    ],
    ids=["not", "parentheses", "comparisons", "values", "length", "only parentheses"],
)
def test_a_filter_is_bounded_in_every_direction(text: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse(text)
    assert refused.value.facts["limit"] in {DEEPEST, MOST_COMPARISONS, MOST_VALUES, LONGEST}


def test_the_largest_filter_is_read() -> None:
    parse("(" * DEEPEST + " and ".join(["tags = 'a'"] * MOST_COMPARISONS) + ")" * DEEPEST)


WORDS = st.sampled_from(
    ["not", "and", "or", "(", ")", "in", "=", "<", "tags", "uploaded", "fields./a", "'x'", "5", "2024-02-30", ",", '"']
)


@given(st.lists(WORDS, max_size=20).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_condition_or_an_invalid_filter(text: str) -> None:
    with contextlib.suppress(InvalidFilter):
        parse(text)
