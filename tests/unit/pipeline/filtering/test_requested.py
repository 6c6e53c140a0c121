from typing import Any

import pytest

from pipeline.errors import InvalidFilter
from pipeline.filtering.parse import parse
from pipeline.filtering.requested import condition_of
from schemas.answers import Filters


def test_all_that_is_asked_for_must_hold() -> None:
    asked = Filters(document_ids=["a", "b"], fields={"/x": 1.5, "/y": True}, where="tags = 'z'")
    said = "document in ('a', 'b') and fields./x = 1.50 and fields./y = true and tags = 'z'"
    assert condition_of(asked) == parse(said)
    assert condition_of(Filters(where="tags = 'z'")) == parse("tags = 'z'")
    assert condition_of(Filters()) is condition_of(None) is None


@pytest.mark.parametrize("value", [None, [1], {"a": 1}])
def test_a_field_is_compared_with_a_scalar_only(value: object) -> None:
    with pytest.raises(InvalidFilter, match="/x"):
        condition_of(Filters(fields={"/x": value}))


@pytest.mark.parametrize(
    "asked",
    [
        {"collection": "\ud800"},
        {"document_ids": ["a", "\ud800"]},
        {"media_types": ["\ud800"]},
        {"fields": {"/x": "\ud800"}},
        {"fields": {"/\ud800": None}},
        {"where": "tags = '\ud800'"},
    ],
)
def test_a_text_without_utf_8_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidFilter, match="surrogate"):
        condition_of(Filters.model_construct(**asked))
