"""JSON Pointers after RFC 6901."""

import pytest

from pipeline.extraction.pointers import look_up, place, pointer


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("a",), "/a"), (("a", 0, "b"), "/a/0/b"), (("a/b", "m~n"), "/a~1b/m~0n")]
)
def test_steps_are_escaped(path, text):
    assert pointer(path) == text


def test_placing_makes_the_objects_and_arrays_on_the_way():
    data: dict = {}
    place(data, ("rows", 0, "name"), "A")
    place(data, ("rows", 0, "price"), 1)
    place(data, ("rows", 1, "name"), "B")
    place(data, ("seller", "name"), "C")
    assert data == {"rows": [{"name": "A", "price": 1}, {"name": "B"}], "seller": {"name": "C"}}


def test_a_row_cannot_be_placed_beyond_the_next():
    with pytest.raises(IndexError):
        place({}, ("rows", 2, "name"), "A")


def test_nothing_is_found_at_a_path_that_leads_nowhere():
    assert look_up({"a": [1]}, ("a", 0)) == 1
    assert look_up({"a": [1]}, ("a", 3)) is None
    assert look_up({"a": [1]}, ("a", "b", "c")) is None
