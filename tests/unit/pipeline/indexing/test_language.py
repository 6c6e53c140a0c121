import pytest

from pipeline.indexing.language import STOP_WORDS, guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the contract ends when one of the parties has given notice", "en"),
        ("der vertrag endet wenn eine der parteien ihn gekündigt hat und nicht", "de"),
        ("le contrat prend fin dans les cas prévus par la loi", "fr"),
        ("el contrato termina por las causas que están en la ley", "es"),
        ("договор аренды заключён", "ru"),
        ("العقد ينتهي", "ar"),
    ],
)
def test_small_words_and_scripts_tell_the_language(text: str, language: str) -> None:
    assert guess(text.split()) == language


@pytest.mark.parametrize("text", ["", "invoice total", "1 2 3", "契約は"])
def test_too_few_small_words_tell_none(text: str) -> None:
    assert guess(text.split()) is None


@pytest.mark.parametrize(("text", "language"), [("wann endet mietvertrag", "de"), ("cuándo termina contrato", "es")])
def test_a_query_needs_fewer_small_words(text: str, language: str) -> None:
    assert guess(text.split()) is None
    assert guess(text.split(), query=True) == language


def test_a_query_that_may_be_of_two_languages_has_none() -> None:
    assert guess(["in", "berlin"], query=True) is None


def test_every_list_holds_distinct_case_folded_words() -> None:
    for words in STOP_WORDS.values():
        assert all(word == word.casefold() for word in words)
        assert len(words) > 40
