"""Passages that say nearly the same, shown once: boilerplate, a document that came twice, a revision of one.

Two texts are nearly the same when the Jaccard index of their word shingles (Broder 1997, "On the resemblance and
containment of documents") is `ALIKE` or more. It is computed exactly: only pairs that can reach it are compared, found
by prefix filtering (Chaudhuri, Ganti & Kaushik 2006, "A Primitive Operator for Similarity Joins in Data Cleaning").

A text with other figures is never the same: a fee, a date or a number is what people look for. Neither is one that
holds a word of the query that the other does not.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.answering.passage import Passage, Twin
from pipeline.indexing.terms import plain_words

SHINGLE = 3
"""Words."""
ALIKE = 0.9
"""Least Jaccard index of the shingles, and least ratio of the numbers of words, of texts that are nearly the same."""

_PUNCTUATION = ".,;:!?()[]{}\"'"


def distinct(passages: Iterable[Passage], query: str) -> list[Passage]:
    """Those that say something else than the ones before them (best first), each with its twins.

    Of texts that are equal word for word the one is shown whose document is shown already, so that the copy of a
    document is named beside the document wherever both are found.
    """
    return _Seen(frozenset(plain_words(query))).sort_out(passages)


@dataclass(frozen=True, eq=False, slots=True)
class _Text:
    """What is compared of a passage."""

    folded: str
    words: tuple[str, ...]
    shingles: frozenset[str]
    kind: Hashable
    """Figures, and words of the query: equal in all that can be nearly the same."""

    def resembles(self, other: "_Text") -> bool:
        counts = sorted((len(self.words), len(other.words)))
        if counts[0] < ALIKE * counts[1]:
            return False
        shared = len(self.shingles & other.shingles)
        return shared >= ALIKE * (len(self.shingles) + len(other.shingles) - shared)


@dataclass(eq=False, slots=True)
class _Shown:
    """A passage that stands for its twins."""

    passage: Passage
    text: _Text
    rank: int
    twins: list[Twin] = field(default_factory=list)


class _Seen:
    def __init__(self, query: frozenset[str]) -> None:
        self._query = query
        self._all: list[_Shown] = []
        self._same: dict[str, _Shown] = {}
        self._commonness: Counter[str] = Counter()
        """In how many texts each shingle is."""
        self._near: dict[tuple[Hashable, str], list[_Shown]] = defaultdict(list)

    def sort_out(self, passages: Iterable[Passage]) -> list[Passage]:
        folds = [(passage, folded(passage.chunk.text)) for passage in passages]
        texts = {whole: _text(whole, self._query) for whole in dict.fromkeys(whole for _, whole in folds)}
        self._commonness.update(shingle for text in texts.values() for shingle in text.shingles)
        for passage, whole in folds:
            if same := self._same.get(whole):
                self._add_same(same, passage)
                continue
            text = texts[whole]
            prefix = self._prefix(text)
            if near := self._nearly(text, prefix):
                near.twins.append(Twin(passage.chunk, exact=False))
            else:
                self._show(_Shown(passage, text, len(self._all)), prefix)
        return [replace(one.passage, twins=tuple(one.twins)) for one in self._all]

    def _add_same(self, shown: _Shown, passage: Passage) -> None:
        others = {one.passage.chunk.document_id for one in self._all if one is not shown}
        before = shown.passage.chunk
        if passage.chunk.document_id in others and before.document_id not in others:
            shown.passage = replace(passage, score=shown.passage.score)
            shown.twins.append(Twin(before, exact=True))
        else:
            shown.twins.append(Twin(passage.chunk, exact=True))

    def _prefix(self, text: _Text) -> list[str]:
        """Shingles of which texts that are nearly the same have at least one in common."""
        count = len(text.shingles)
        rarest = sorted(text.shingles, key=lambda shingle: (self._commonness[shingle], shingle))
        return rarest[: count - math.ceil(ALIKE * count) + 1]

    def _nearly(self, text: _Text, prefix: Sequence[str]) -> _Shown | None:
        """The best of those that resemble it."""
        found = {shown.rank: shown for shingle in prefix for shown in self._near.get((text.kind, shingle), ())}
        return next((found[rank] for rank in sorted(found) if text.resembles(found[rank].text)), None)

    def _show(self, shown: _Shown, prefix: Sequence[str]) -> None:
        self._all.append(shown)
        self._same[shown.text.folded] = shown
        for shingle in prefix:
            self._near[shown.text.kind, shingle].append(shown)


def folded(text: str) -> str:
    """Equal for texts that are equal word for word: without case, and white space as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _text(whole: str, query: frozenset[str]) -> _Text:
    words = tuple(plain_words(whole)) or (whole,)
    return _Text(
        folded=whole,
        words=words,
        shingles=_shingles(words),
        kind=(tuple(_figures(whole)), query.intersection(words)),
    )


def _figures(whole: str) -> Iterator[str]:
    """With their signs and units, but without the punctuation around them."""
    return (token.strip(_PUNCTUATION) for token in whole.split() if any(map(str.isdigit, token)))


def _shingles(words: Sequence[str]) -> frozenset[str]:
    last = max(1, len(words) - SHINGLE + 1)
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(last))
