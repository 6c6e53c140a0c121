"""Text to the terms that lexical search matches.

Words are case-folded, freed of stop words and stemmed (Snowball, Porter 2001) in the language the text seems to be in.
What holds a digit (numbers, dates, identifiers such as `INV-2024-0042`) is never stemmed: it is kept whole, and
its parts beside it. Scripts without spaces give pairs of neighbouring characters.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from pipeline.indexing.language import STOP_WORDS, guess

_STEMMERS = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "ru": "russian",
    "el": "greek",
    "ar": "arabic",
}
_DEFAULT = "en"
_TOKEN = re.compile(r"\w+(?:[-.,/:_@'’&+]\w+)*")
_PART = re.compile(r"\w+")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_SINGLY = re.compile(rf"{_NO_SPACES.pattern.removesuffix('+')}|(?:(?!{_NO_SPACES.pattern}).)+")
_NUMBER = re.compile(r"(?P<whole>\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})*|\d+)(?:[.,](?P<decimals>\d+))?")
MAX_LENGTH = 64  # characters of a term; longer runs are noise

_LETTERS = re.compile(r"[^\W\d_]{2}")

_local = threading.local()  # Snowball's stemmers keep state while they work


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """The terms of a text, every occurrence, in order, and the language they were stemmed in."""

    terms: list[str]
    language: str


def document_terms(text: str, language: str | None = None) -> list[str]:
    """Every occurrence, in order; stemmed as `language`, else as guessed, else as English."""
    return terms_of(text, language).terms


def terms_of(text: str, language: str | None = None) -> DocumentTerms:
    """The same, with the language."""
    tokens = _tokens(text)
    chosen = language if language in _STEMMERS else guess(tokens) or _DEFAULT
    assert chosen is not None
    return DocumentTerms([term for token in tokens for term in _terms(token, chosen)], chosen)


def query_language(text: str) -> str | None:
    """The language of a query, or `None` where its words do not tell."""
    return guess(_tokens(text), query=True)


def query_terms(text: str) -> list[str]:
    """Distinct terms, in order of appearance.

    A short query often does not tell its language; it is then stemmed in every one, so that it meets documents of each.
    """
    return list(dict.fromkeys(term for word in query_words(text) for term in sorted(word)))


def query_words(text: str) -> list[frozenset[str]]:
    """The query's words, each as the terms that may stand for it in a document; distinct, in order of appearance."""
    tokens = _tokens(text)
    language = guess(tokens, query=True)
    if language is not None:
        return list(dict.fromkeys(frozenset([term]) for token in tokens for term in _terms(token, language)))
    words = (word for token in tokens for word in _in_every_language(token))
    return list(dict.fromkeys(words))


def plain_words(text: str) -> list[str]:
    """All words in order as they are written, but for case; characters of scripts without spaces are words."""
    words: list[str] = []
    for token in _tokens(text):
        if token.isascii() or not _NO_SPACES.search(token):
            words.append(token)
        else:
            words.extend(_SINGLY.findall(token))
    return words


def has_words(text: str) -> bool:
    """Whether any of it means something: numbers, and runs too long for a word, can only be found as they are."""
    return any(
        (len(token) <= MAX_LENGTH and _LETTERS.search(token)) or _NO_SPACES.search(token)
        for token in _TOKEN.findall(text)
    )


def _in_every_language(token: str) -> Iterator[frozenset[str]]:
    if any(token in small for small in STOP_WORDS.values()):
        return
    stems = [list(_terms(token, language)) for language in STOP_WORDS]
    if all(len(some) == len(stems[0]) for some in stems):
        yield from (frozenset(alternatives) for alternatives in zip(*stems, strict=True))
    else:  # part of a compound is a small word somewhere
        yield from (frozenset([term]) for some in stems for term in some)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _terms(token: str, language: str) -> Iterator[str]:
    if token.isalpha() and token.isascii():  # most tokens
        yield from _word(token, language)
    elif any(character.isdigit() for character in token):
        yield from _identifier(token)
    else:
        parts = _PART.findall(token.replace("_", " "))
        if (
            "@" in token or "&" in token or (len(parts) > 1 and all(len(part) == 1 for part in parts))
        ):  # addresses, AT&T, U.S.
            yield token.replace(".", "")[:MAX_LENGTH] if "@" not in token else token[:MAX_LENGTH]
        for part in parts:
            yield from _letters(part, language)


def _letters(part: str, language: str) -> Iterator[str]:
    last = 0
    for run in _NO_SPACES.finditer(part):
        yield from _word(part[last : run.start()], language)
        characters = run[0]
        yield from (characters[i : i + 2] for i in range(max(1, len(characters) - 1)))
        last = run.end()
    yield from _word(part[last:], language)


def _word(word: str, language: str) -> Iterator[str]:
    if len(word) > 1 and word not in STOP_WORDS.get(language, ()):
        yield _stem(word[:MAX_LENGTH], language)


def _identifier(token: str) -> Iterator[str]:
    if number := _NUMBER.fullmatch(token):
        yield _number(number)[:MAX_LENGTH]
        return
    yield token[:MAX_LENGTH]
    parts = _PART.findall(token.replace("_", " "))
    if len(parts) > 1:
        yield from (part[:MAX_LENGTH] for part in parts)


def _number(number: re.Match[str]) -> str:
    """`1,234.50`, `1.234,50` and `1234.5` are one term: no thousands separators, a point before the decimals."""
    whole = re.sub(r"\D", "", number["whole"])
    decimals = (number["decimals"] or "").rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    stemmers = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(_STEMMERS[language])
    stem: str = stemmers[language].stemWord(word)
    return stem
