import numpy as np
import pytest

from pipeline.summarizing.similarity import centrality, idf, similarities


def test_sentences_of_the_same_words_are_alike_and_of_other_words_are_not() -> None:
    cosines = similarities([["ferry", "leaves"], ["ferry", "leaves"], ["storm", "comes"]])
    assert cosines[0, 1] == pytest.approx(1.0, abs=1e-5)
    assert cosines[0, 2] == 0
    assert np.array_equal(cosines, cosines.T)


def test_a_sentence_is_not_compared_with_itself() -> None:
    assert not similarities([["a", "b"], ["a", "c"]]).diagonal().any()


def test_rare_words_count_more_than_common_ones() -> None:
    cosines = similarities([["the", "heron"], ["heron", "x"], ["the", "y"], ["the", "z"], ["the", "w"]])
    assert cosines[0, 1] > cosines[0, 2]
    assert idf(1, 10) > idf(10, 10) > 0


def test_the_sentence_that_shares_most_with_the_others_is_in_the_middle() -> None:
    rank = centrality(similarities([["a", "b", "c"], ["a", "x"], ["b", "y"], ["c", "z"], ["q"]]))
    assert int(rank.argmax()) == 0
    assert rank.max() == pytest.approx(1.0)
    assert int(rank.argmin()) == 4


def test_sentences_without_anything_in_common_rank_alike() -> None:
    assert centrality(similarities([["a"], ["b"], ["c"]])) == pytest.approx([1.0, 1.0, 1.0], abs=1e-4)


def test_no_sentences_have_no_rank() -> None:
    assert len(centrality(similarities([]))) == 0
    assert centrality(similarities([[]])) == pytest.approx([1.0])
