import math
import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.indexing.sparse import AVERAGE_LENGTH, K1, B, document_vector, query_vector
from pipeline.indexing.terms import document_terms


def test_weights_are_the_term_frequency_part_of_bm25() -> None:
    text = "invoice invoice payment"
    vector = document_vector(text, "en")
    counts = Counter(document_terms(text, "en"))
    norm = K1 * (1 - B + B * 3 / AVERAGE_LENGTH)
    expected = sorted(tf * (K1 + 1) / (tf + norm) for tf in counts.values())
    assert all(math.isclose(a, b) for a, b in zip(sorted(vector.values), expected, strict=True))


def test_the_same_term_has_the_same_index_in_documents_and_queries() -> None:
    query = query_vector("What are the payments for INV-2024-0042?")
    assert set(query.indices) == set(document_vector("The payment is for INV-2024-0042 and the like").indices) - {
        *document_vector("like", "en").indices
    }
    assert set(query.values) == {1.0}


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
