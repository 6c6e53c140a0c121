"""Clauses are written the same for every library."""

from typing import Any

import pytest

from pipeline.stores.clauses import Clause, Element, Ids, Match, Part, Span, Writer

WRITER = Writer(
    filter=dict,
    field=dict,
    ids=lambda values: {"ids": sorted(values)},
    any_of=lambda values: {"any": values},
    span=dict,
    element=lambda key, inner: {"nested": key, "filter": inner},
)


def of(must: Any = None, should: Any = None, must_not: Any = None) -> dict[str, Any]:
    return {"must": must, "should": should, "must_not": must_not}


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (Ids({"b", "a"}), {"ids": ["a", "b"]}),
        (Match("key", ("a",)), {"key": "key", "match": {"any": ["a"]}}),
        (Span(key="n", low=1.0, high=None, open=False), {"key": "n", "range": {"gte": 1.0, "lte": None}}),
        (Span(key="n", low=1.0, high=2.0, open=True), {"key": "n", "range": {"gt": 1.0, "lt": 2.0}}),
        (
            Element("list", [Match("of", ["x"])]),
            {"nested": "list", "filter": of([{"key": "of", "match": {"any": ["x"]}}])},
        ),
        (Clause(should=[Ids(["a"])], must_not=[Ids(["b"])]), of(None, [{"ids": ["a"]}], [{"ids": ["b"]}])),
    ],
)
def test_each_part_has_its_form(part: Part, written: dict[str, Any]) -> None:
    assert WRITER.write(Clause(must=[part])) == of([written])
