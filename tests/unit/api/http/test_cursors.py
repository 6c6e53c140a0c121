"""Cursors of lists."""

import pytest

from api.http import cursors
from pipeline.errors import InvalidRequest


def test_a_cursor_gives_back_the_very_time_and_id():
    place = (1_763_668_800.123_456_7, "doc_ab")
    assert cursors.decode_time_and_id(cursors.encode(*place)) == place


def test_no_cursor_is_the_beginning():
    assert cursors.decode_time_and_id(None) is None
    assert cursors.decode_number(None) == 0


def test_a_number_comes_back():
    assert cursors.decode_number(cursors.encode(17)) == 17


@pytest.mark.parametrize("text", ["", "!", "é", "AAAA", "bnVsbA", cursors.encode("a", "b"), cursors.encode(1.5)])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(InvalidRequest) as refused:
        cursors.decode_time_and_id(text)
    assert refused.value.facts["field"] == "cursor"


@pytest.mark.parametrize("place", [(-1,), (2**31,), (1, 2), ("1",), (1.0,), (True,)])
def test_a_cursor_of_another_list_is_refused(place):
    with pytest.raises(InvalidRequest):
        cursors.decode_number(cursors.encode(*place))
