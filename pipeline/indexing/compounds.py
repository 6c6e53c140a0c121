"""Parts of compound words, found without a dictionary.

In German and Dutch a word is often made of others: a question for the `Vertrag` means the `Mietvertrag` too. What a
long word begins and ends with is kept beside it, so that each of its words is found; pieces that are none meet nothing.
"""

from collections.abc import Iterator

LANGUAGES = frozenset({"de", "nl"})
LEAST = 4
"""Letters of a part, and of what is left."""


def parts(term: str) -> Iterator[str]:
    """All beginnings and endings of a word that leave another one, both of at least `LEAST` letters."""
    if len(term) >= 2 * LEAST and term.isalpha():
        for at in range(LEAST, len(term) - LEAST + 1):
            yield term[:at]
            yield term[at:]
