"""Users' regular expressions run in linear time or not at all."""

import time

import pytest

from pipeline.extraction.patterns import MAX_LENGTH, PatternError, compile_pattern, matches


def test_a_pattern_is_found_anywhere_in_the_text():
    assert matches("b+", "abba")
    assert not matches("^b", "abba")


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "(?<!x)y", "(", "a{2000}{2000}", "x" * (MAX_LENGTH + 1)])
def test_what_is_not_bounded_is_refused_with_a_reason(pattern):
    with pytest.raises(PatternError, match=r"\w"):
        compile_pattern(pattern)


def test_a_pattern_that_explodes_elsewhere_is_linear_here():
    begun = time.perf_counter()
    assert not matches("^(a+)+$", "a" * 50_000 + "b")
    assert time.perf_counter() - begun < 30
