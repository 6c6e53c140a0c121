from hypothesis import given
from hypothesis import strategies as st

from pipeline.indexing.compounds import LEAST, parts


def test_a_long_word_comes_apart_wherever_two_words_could_meet() -> None:
    assert {"miet", "vertrag"} <= set(parts("mietvertrag"))
    assert {"kündigungs", "frist"} <= set(parts("kündigungsfrist"))


def test_short_words_and_identifiers_stay_whole() -> None:
    assert list(parts("vertrag")) == []
    assert list(parts("vf1005193039")) == []


@given(st.text(max_size=70))
def test_no_part_is_too_short_to_mean_something(term: str) -> None:
    assert all(len(part) >= LEAST and part in term for part in parts(term))
