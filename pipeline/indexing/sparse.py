"""Sparse vectors for BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", equation 3.15).

A document's weights are the term-frequency part of the formula. The store multiplies by the inverse document frequency,
which it counts itself. Beside its terms a text is found by its pairs of neighbouring terms (Metzler & Croft 2005, "A
Markov Random Field Model for Term Dependencies"), and where words are compounds by their parts; both weigh less.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import pairwise, product

from pipeline.indexing.compounds import LANGUAGES, parts
from pipeline.indexing.terms import query_language, query_words, terms_of
from pipeline.stores.vectors import SparseVector

VERSION = 2
"""Changes with what a text is found by; indexes of another version are written anew."""
K1 = 1.2
B = 0.75
AVERAGE_LENGTH = 100
"""Terms in a chunk of ordinary prose of 256 tokens. Fixed, so that a vector does not change when others are added."""
PAIR = 0.4
"""Weight of two neighbouring terms in a query, against one for each of them."""
PART = 0.15
"""Weight of a word that may be part of a compound, and of a part of one."""
MOST_PAIRS = 9
"""Of two words whose language is not known, since each may stand for several terms."""


def document_vector(text: str, language: str | None = None) -> SparseVector:
    """What a text is found by; `language` is an ISO 639-1 code, guessed where it is not given."""
    found = terms_of(text, language)
    counts = Counter(map(_index, _document_keys(found.terms, found.language)))
    norm = K1 * (1 - B + B * len(found.terms) / AVERAGE_LENGTH)
    indices = sorted(counts)
    return SparseVector(indices=indices, values=[counts[i] * (K1 + 1) / (counts[i] + norm) for i in indices])


def query_vector(text: str) -> SparseVector:
    """What a question looks for; empty where it holds stop words only."""
    weights: dict[int, float] = {}
    for key, weight in _query_keys(query_words(text), query_language(text)):
        weights.setdefault(_index(key), weight)
    indices = sorted(weights)
    return SparseVector(indices=indices, values=[weights[i] for i in indices])


def _document_keys(terms: list[str], language: str) -> Iterator[str]:
    yield from terms
    yield from (_pair(*both) for both in pairwise(terms))
    if language in LANGUAGES:
        yield from (_part(part) for term in terms for part in parts(term))


def _query_keys(words: list[frozenset[str]], language: str | None) -> Iterator[tuple[str, float]]:
    """With their weights, the greater first."""
    yield from ((term, 1.0) for word in words for term in word)
    for one, following in pairwise(words):
        if len(one) * len(following) <= MOST_PAIRS:
            yield from ((_pair(*both), PAIR) for both in product(one, following))
    if language is None or language in LANGUAGES:
        yield from ((key, PART) for word in words for key in _compounded(word))


def _compounded(terms: Iterable[str]) -> Iterator[str]:
    for term in terms:
        yield _part(term)
        yield from parts(term)


def _pair(one: str, following: str) -> str:
    return f"{one} {following}"


def _part(word: str) -> str:
    return f"…{word}"


def _index(key: str) -> int:
    """32 bits that are the same in every process and version: vectors outlive both."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little")
