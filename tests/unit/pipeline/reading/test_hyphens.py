import pytest

from pipeline.reading.hyphens import Compounds, without_break


@pytest.mark.parametrize(
    ("before", "after", "rest"),
    [
        ("under-", "stand", "under"),
        ("(under-", "stand).", "(under"),
        ("under\u00ad", "stand", "under"),
        ("Über\u2010", "sicht", "Über"),
        ("2010-", "2012", "2010-"),
        ("Müller-", "Lüdenscheid", "Müller-"),
        ("INV-", "77", "INV-"),
        ("word", "next", None),
        ("-", "item", None),
        ("a –", "dash", None),
        ("und-", "(so)", None),
        ("--", "so", None),
    ],
)
def test_a_word_parted_at_the_end_of_a_line_goes_on(before, after, rest):
    assert without_break(before, after, Compounds([])) == rest


@pytest.mark.parametrize("elsewhere", ["self-locking", "(Self-locking)", "self-locking,"])
def test_a_hyphen_stays_where_the_page_has_the_word_with_it(elsewhere):
    assert without_break("self-", "locking", Compounds(["the", elsewhere])) == "self-"


def test_a_longer_word_is_not_the_same_word():
    assert without_break("self-", "lock", Compounds(["self-locking"])) == "self"


def test_a_pages_words_are_looked_through_once_however_many_lines_end_with_a_hyphen():
    looked = []

    def words():
        for word in ("a", "self-locking", "b"):
            looked.append(word)
            yield word

    class Page:
        __iter__ = staticmethod(words)

    compounds = Compounds(Page())
    assert looked == []
    assert [without_break("self-", after, compounds) for after in ["locking", "same"] * 50] == ["self-", "self"] * 50
    assert looked == ["a", "self-locking", "b"]
