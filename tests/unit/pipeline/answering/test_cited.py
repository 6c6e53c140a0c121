from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.cited import MOST_CHARACTERS, CitedReader


def read(*pieces: str) -> tuple[list[tuple[str, tuple[int, ...]]], str]:
    reader = CitedReader()
    found = [(one.text, one.numbers) for piece in pieces for one in reader.feed(piece)]
    found += [(one.text, one.numbers) for one in reader.close()]
    return found, reader.uncited


def test_each_sentence_has_the_passages_behind_it() -> None:
    found, rest = read("It lasts a year. [1] It may be ended in May. [2][4]")
    assert found == [("It lasts a year.", (1,)), ("It may be ended in May.", (2, 4))]
    assert rest == ""


@pytest.mark.parametrize("text", ["It lasts a year [1].", "It lasts a year[1]."])
def test_a_full_stop_behind_the_numbers_belongs_to_the_sentence(text: str) -> None:
    assert read(text)[0] == [("It lasts a year.", (1,))]


def test_numbers_may_share_their_brackets() -> None:
    assert read("Both say so. [1, 3; 3]")[0] == [("Both say so.", (1, 3))]


def test_what_cites_nothing_is_not_given() -> None:
    assert read("NOT IN THE DOCUMENTS") == ([], "NOT IN THE DOCUMENTS")
    assert read("True. [1] And I think more.") == ([("True.", (1,))], "And I think more.")


ANSWER = "Rent is 1,200 EUR [2]. It rises in 2026. [1][3] Notice: three months. [12]"


@given(st.lists(st.integers(0, len(ANSWER)), max_size=20))
def test_pieces_may_be_cut_anywhere(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(ANSWER)]
    pieces = [ANSWER[a:b] for a, b in pairwise(edges)]
    assert read(*pieces) == read(ANSWER)


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    reader = CitedReader()
    assert list(reader.feed("Yes. [1]")) == []
    assert [one.text for one in reader.feed(" And")] == ["Yes."]


def test_an_answer_without_end_or_citation_is_not_kept() -> None:
    reader = CitedReader()
    for _ in range(100):
        assert list(reader.feed("and so on " * 50)) == []
    assert len(reader.uncited) <= MOST_CHARACTERS
