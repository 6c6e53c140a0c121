"""How much meaning counts against words when passages are searched: by what the embedder can know of a query."""

from pipeline.indexing.terms import query_language
from pipeline.models.embedding import Embedder, KnowsLanguages

KNOWN = 0.75
"""Share of meaning for a query in a language that the embedder knows,"""
FOREIGN = 0.5
"""and in another."""
NAMED = 0.3
"""For a query with an identifier: whatever it means, only the passages that hold it are looked for."""
IDENTIFIER_CHARACTERS = 5
PIECES = 2.0
"""Tokens a word, from which on a query is made of words that the embedder does not know."""


def share_of_meaning(query: str, embedder: Embedder) -> float:
    """From 0 (words only) to 1 (meaning only)."""
    if not _is_known(query, embedder):
        return FOREIGN
    return NAMED if any(map(_is_identifier, query.split())) else KNOWN


def _is_known(query: str, embedder: Embedder) -> bool:
    if not isinstance(embedder, KnowsLanguages):
        return True
    language = query_language(query)
    if language is not None:
        return language in embedder.languages
    return embedder.count_tokens(query) - 2 <= PIECES * len(query.split())


def _is_identifier(word: str) -> bool:
    """Letters with digits, or a long number: not a year, nor a sum of money."""
    bare = word.strip(".,;:!?()[]\"'")
    digits = sum(char.isdigit() for char in bare)
    letters = any(char.isalpha() for char in bare)
    return len(bare) >= IDENTIFIER_CHARACTERS and bool(digits) and (letters or digits == len(bare))
