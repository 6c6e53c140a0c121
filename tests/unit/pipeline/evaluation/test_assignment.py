"""Rows find their own."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.assignment import best_assignment

tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 5), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


def best_of_all(worth):
    tall = worth if len(worth) <= len(worth[0]) else list(zip(*worth, strict=True))
    columns = range(len(tall[0]))
    return max(sum(tall[r][c] for r, c in enumerate(chosen)) for chosen in permutations(columns, len(tall)))


@given(tables)
def test_no_other_assignment_is_worth_more(worth):
    assert sum(worth[row][column] for row, column in best_assignment(worth)) == best_of_all(worth)


@given(tables)
def test_each_row_and_column_is_used_once_and_for_something(worth):
    pairs = best_assignment(worth)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(worth[row][column] > 0 for row, column in pairs)


def test_nothing_has_no_pairs():
    assert best_assignment([]) == best_assignment([[], []]) == []


def test_a_greedy_choice_is_given_up_for_a_better_whole():
    assert best_assignment([[3, 2], [3, 0]]) == [(0, 1), (1, 0)]
