"""Sparse vectors for BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", equation 3.15).

A document's weights are the term-frequency part of the formula; a query's are 1 for each term. The store multiplies by
the inverse document frequency, which it counts itself.
"""

from collections import Counter
from hashlib import blake2b

from pipeline.indexing.terms import document_terms, query_terms
from pipeline.stores.vectors import SparseVector

K1 = 1.2
B = 0.75
AVERAGE_LENGTH = 100
"""Terms in a chunk of ordinary prose of 256 tokens. Fixed, so that a vector does not change when others are added."""


def document_vector(text: str, language: str | None = None) -> SparseVector:
    """What a text is found by; `language` is an ISO 639-1 code, guessed where it is not given."""
    counts = Counter(map(_index, document_terms(text, language)))
    norm = K1 * (1 - B + B * counts.total() / AVERAGE_LENGTH)
    indices = sorted(counts)
    return SparseVector(indices=indices, values=[counts[i] * (K1 + 1) / (counts[i] + norm) for i in indices])


def query_vector(text: str) -> SparseVector:
    """What a question looks for; empty where it holds stop words only."""
    indices = sorted({_index(term) for term in query_terms(text)})
    return SparseVector(indices=indices, values=[1.0] * len(indices))


def _index(term: str) -> int:
    """32 bits that are the same in every process and version: vectors outlive both."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little")
