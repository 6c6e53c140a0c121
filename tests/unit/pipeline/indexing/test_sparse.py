import math
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.indexing.sparse import AVERAGE_LENGTH, K1, PAIR, B, document_vector, query_vector
from pipeline.indexing.terms import document_terms
from pipeline.stores.vectors import SparseVector


def weights(vector: SparseVector) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))


def matched(query: str, text: str, language: str | None = None) -> float:
    """What a text scores where every IDF is 1."""
    held = weights(document_vector(text, language))
    return sum(weight * held.get(index, 0.0) for index, weight in weights(query_vector(query)).items())


def test_weights_are_the_term_frequency_part_of_bm25() -> None:
    text = "invoice invoice payment"
    vector = document_vector(text, "en")
    counts = [*Counter(document_terms(text, "en")).values(), 1, 1]  # and the two pairs
    norm = K1 * (1 - B + B * 3 / AVERAGE_LENGTH)
    expected = sorted(tf * (K1 + 1) / (tf + norm) for tf in counts)
    assert all(math.isclose(a, b) for a, b in zip(sorted(vector.values), expected, strict=True))


def test_the_same_term_has_the_same_index_in_documents_and_queries() -> None:
    query = query_vector("What are the payments for INV-2024-0042?")
    held = weights(document_vector("The payment is for INV-2024-0042 and the like"))
    assert all(index in held for index in query.indices)
    assert set(query.values) == {1.0, PAIR}


def test_an_identifier_is_found_whole_and_by_its_parts() -> None:
    assert matched("VF1005193039", "number VF1005193039 on the plate") > 0
    assert matched("VF1005193039", "number VF1005193038 on the plate") == 0
    assert matched("INV-2024-0042", "see INV-2024-0042") > matched("INV-2024-0042", "see INV-2024-0043") > 0


def test_words_in_the_order_of_the_question_weigh_more() -> None:
    text = "layer of the boundary", "the boundary layer"
    assert matched("What is a boundary layer?", text[1]) > matched("What is a boundary layer?", text[0]) > 0


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Wann endet der Vertrag?", "Der Mietvertrag läuft bis Mai."),
        ("Wann endet der Mietvertrag?", "Der Vertrag läuft bis Mai."),
        ("Mietvertrag", "Untermietverträge sind nicht erlaubt."),
        ("Welche Frist gilt?", "Die Kündigungsfrist beträgt drei Monate."),
    ],
)
def test_a_word_and_a_compound_of_it_meet_and_the_word_itself_weighs_more(query: str, text: str) -> None:
    assert 0 < matched(query, text, "de") < matched(text, text, "de")
    assert matched(query, "Der Hund schläft in der Sonne.", "de") == 0


def test_english_words_are_not_taken_apart() -> None:
    assert matched("Where is the ship?", "Ownership and friendships are the theme of it.", "en") == 0


def test_an_index_is_the_same_in_another_process() -> None:
    code = "from pipeline.indexing.sparse import query_vector; print(query_vector('invoice').indices)"
    printed = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert printed == [f"{query_vector('invoice').indices}\n"] * 2


def test_a_longer_text_weighs_each_term_less() -> None:
    short, long = document_vector("invoice", "en"), document_vector("invoice " + "other " * 300, "en")
    weight = dict(zip(long.indices, long.values, strict=True))[short.indices[0]]
    assert weight < short.values[0]


@given(st.text(max_size=300))
def test_indices_are_32_bit_ascending_and_weights_positive(text: str) -> None:
    for vector in (document_vector(text), query_vector(text)):
        assert vector.indices == sorted(set(vector.indices))
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert all(0 < value < K1 + 1 for value in vector.values)
        assert len(vector.indices) == len(vector.values)
