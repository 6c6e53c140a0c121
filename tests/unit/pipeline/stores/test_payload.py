from decimal import Decimal

import numpy as np
import pytest

from pipeline.stores.payload import MAX_KEYWORD, conditions, field_keywords, payload
from pipeline.stores.vectors import Point, SparseVector, VectorFilter


@pytest.mark.parametrize(
    ("one", "other"), [(12.5, Decimal("12.50")), (1, 1.0), (0, -0.0), (100, Decimal("1E+2")), ("é", "é"), (True, True)]
)
def test_equal_values_have_equal_keywords(one: object, other: object) -> None:
    assert field_keywords({"/a": one}) == field_keywords({"/a": other})


@pytest.mark.parametrize(("one", "other"), [("1", 1), (True, 1), (None, "null"), ("a", "A"), (0.1, 0.11)])
def test_other_values_have_other_keywords(one: object, other: object) -> None:
    assert field_keywords({"/a": one}) != field_keywords({"/a": other})


def test_a_pointer_may_hold_anything() -> None:
    assert field_keywords({'/a~1b/"c".d[0]': 1}) == ['/a~1b/"c".d[0]=1']


def test_long_values_are_told_apart_and_bounded() -> None:
    first, second = (field_keywords({"/a": "x" * 1000 + end})[0] for end in "ab")
    assert first != second
    assert len(first) == len(second) == MAX_KEYWORD


def test_every_part_of_a_filter_is_a_condition_and_the_workspace_always() -> None:
    assert conditions(VectorFilter(workspace_id="w")) == [("workspace_id", ["w"])]
    everything = VectorFilter(
        workspace_id="w", collection="c", document_ids=["d", "e"], media_types=["m"], fields={"/x": 1, "/y": "z"}
    )
    assert conditions(everything) == [
        ("workspace_id", ["w"]),
        ("collection", ["c"]),
        ("document_id", ["d", "e"]),
        ("media_type", ["m"]),
        ("fields", ["/x=1"]),
        ("fields", ['/y="z"']),
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
        fields={"/x": 1},
    )
    assert payload(point) == {
        "workspace_id": "w",
        "document_id": "d",
        "collection": None,
        "media_type": "m",
        "fields": ["/x=1"],
    }
