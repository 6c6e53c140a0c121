from decimal import Decimal

import numpy as np
import pytest

from pipeline.filtering.parse import parse
from pipeline.stores.clauses import Clause, Element, Match, Span
from pipeline.stores.payload import MAX_KEYWORD, clause, keywords, ordered, payload
from pipeline.stores.vectors import Point, SparseVector, VectorFilter


@pytest.mark.parametrize(
    ("one", "other"),
    [(12.5, Decimal("12.50")), (1, 1.0), (0, -0.0), (100, Decimal("1E+2")), (10**40, 1e40), ("é", "é"), (True, True)],
)
def test_equal_values_have_equal_keywords(one: object, other: object) -> None:
    assert keywords({"/a": [one]}) == keywords({"/a": [other]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", 1),
        (True, 1),
        (None, "null"),
        ("a", "A"),
        (0.1, 0.11),
        (12345678901234567890123456788, 12345678901234567890123456789),
        (Decimal("0." + "1" * 30), Decimal("0." + "1" * 31)),
    ],
)
def test_other_values_have_other_keywords(one: object, other: object) -> None:
    assert keywords({"/a": [one]}) != keywords({"/a": [other]})


def test_a_pointer_may_hold_anything() -> None:
    assert keywords({'/a~1b/"c".d[0]': [1]}) == ['/a~1b/"c".d[0]=1']


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (Decimal("1E+2"), "100"),
        (Decimal("-0.0"), "0"),
        (Decimal("1E-40"), "1E-40"),
        (Decimal("1E+999999"), "1E+999999"),
    ],
)
def test_a_number_is_written_in_one_short_way(number: Decimal, shown: str) -> None:
    assert keywords({"/a": [number]}) == [f"/a={shown}"]


def test_no_words_stand_in_a_keyword() -> None:
    (keyword,) = keywords({"/name": ["Zanzibar"]})
    assert keyword.startswith("/name~")
    assert "anzibar" not in keyword


def test_long_pointers_are_told_apart_and_bounded() -> None:
    first, second = (keywords({"/a" + "x" * 1000 + end: [1]})[0] for end in "ab")
    assert first != second
    assert len(first) == len(second) == MAX_KEYWORD


def bound(where: str) -> object:
    own, part = clause(VectorFilter(workspace_id="w", condition=parse(where))).must
    assert own == Match("workspace_id", ["w"])
    return part


def test_a_search_is_always_bound_to_its_workspace() -> None:
    assert clause(VectorFilter(workspace_id="w")) == Clause(must=[Match("workspace_id", ["w"])])


def test_conditions_keep_their_form() -> None:
    wanted = Clause(
        must=[
            Clause(should=[Match("collection", ["c"]), Match("media_type", ["t"])]),
            Match("fields", ["/x=1", *keywords({"/x": ["z"]})]),
        ]
    )
    assert bound("(collection = 'c' or type = 't') and fields./x in (1, 'z')") == wanted
    assert bound("tags != 'a'") == Clause(must_not=[Match("metadata", keywords({"/tags": ["a"]}))])


def test_the_ends_of_a_range_are_found_too_and_under_not_they_are_not_lost() -> None:
    """`1000.00000000000000001 > 1000`, though in binary both are the same."""
    span = {"key": "is", "low": 1000.0, "high": None}
    of = Match("of", ["#/total"])
    assert bound("fields./total > 1000") == Element("ordered_fields", [of, Span(**span, open=False)])
    inside = Element("ordered_fields", [of, Span(**span, open=True)])
    assert bound("not fields./total >= 1000") == Clause(must_not=[inside])


def test_numbers_and_dates_have_an_order_and_other_values_have_none() -> None:
    values = {"/a": [Decimal("1.5"), "x", True], "/d": ["1970-01-02", "1970-01-01T00:00:01Z", "1970-13-01"]}
    assert ordered(values) == [
        {"of": "#/a", "is": 1.5},
        {"of": "@/d", "is": 86_400.0},
        {"of": "@/d", "is": 1.0},
    ]


def test_a_payload_holds_what_filters_ask_for() -> None:
    point = Point(
        id="i",
        dense=np.zeros(2, np.float32),
        sparse=SparseVector(indices=[], values=[]),
        workspace_id="w",
        document_id="d",
        collection=None,
        media_type="m",
        uploaded=5.0,
        fields={"/x": [1]},
        metadata={"/tags": ["a", "b"]},
    )
    assert payload(point) == {
        "workspace_id": "w",
        "document_id": "d",
        "collection": None,
        "media_type": "m",
        "uploaded": 5.0,
        "fields": ["/x=1"],
        "ordered_fields": [{"of": "#/x", "is": 1.0}],
        "metadata": keywords({"/tags": ["a", "b"]}),
        "ordered_metadata": [],
    }
