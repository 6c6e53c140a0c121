import pytest

from pipeline.answering.weighing import FOREIGN, KNOWN, NAMED, share_of_meaning
from pipeline.models.hashing import HashingEmbedder


class English(HashingEmbedder):
    """Knows English words only: of others it sees three pieces each."""

    languages = frozenset({"en"})

    def count_tokens(self, text: str) -> int:
        return 2 + sum(1 if word in {"refund", "cancellation"} else 3 for word in text.split())


@pytest.mark.parametrize("query", ["When is the refund paid?", "refund cancellation", "What was sold in 2015?"])
def test_meaning_counts_most_in_a_language_that_the_embedder_knows(query: str) -> None:
    assert share_of_meaning(query, English()) == KNOWN


@pytest.mark.parametrize(
    "query", ["Wann wird der Betrag erstattet?", "¿Cuándo se paga?", "Kündigungsfrist Mietvertrag"]
)
def test_meaning_counts_less_in_a_foreign_one(query: str) -> None:
    assert share_of_meaning(query, English()) == FOREIGN


def test_an_embedder_that_names_no_languages_is_taken_to_know_them_all() -> None:
    assert share_of_meaning("Wann wird der Betrag erstattet?", HashingEmbedder()) == KNOWN


@pytest.mark.parametrize("named", ["VF1005193039", "INV-2024-0042", "4711815", "(DE811907980)"])
def test_a_query_that_names_an_identifier_is_for_its_words(named: str) -> None:
    assert share_of_meaning(f"What is the total of {named}?", English()) == NAMED


@pytest.mark.parametrize("plain", ["2015", "$1,234.50", "3.5%", "B2B"])
def test_years_and_amounts_are_no_identifiers(plain: str) -> None:
    assert share_of_meaning(f"What is the share of {plain} there?", English()) == KNOWN
