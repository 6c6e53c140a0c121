"""How well a sentence supports an answer: nearness in meaning, and which of the question's words it holds.

The weights and the threshold were fitted on the English questions of XQuAD (Artetxe et al. 2020, arXiv 1910.11856),
each asked of articles that hold its answer and of articles that do not.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.answering.candidates import Candidate, candidates
from pipeline.answering.passage import Passage, StoredChunk
from pipeline.answering.question import Question
from pipeline.indexing.language import guess
from pipeline.indexing.terms import document_terms
from pipeline.models.embedding import AsksOtherwise, Embedder

READ = 20  # passages whose sentences are looked at: a short clause among long ones is often retrieved late
COMPARED = 32  # sentences that are embedded: those that share most words with the question
THRESHOLD = 0.40
"""Least support of an answer: 95 % of the questions whose answer is there get one, 1 % of the others."""
ASKED = 2.0
"""Weight of a word that is asked for, against one that says of what."""
MISSING = 0.6
"""What is left of the support for each number or identifier of the question that the passage does not hold."""
_WEIGHTS = np.array([7, 2, 4, 2, 3]) / 18
_HINT = 1 / 18  # what the kind of answer, and the passage's rank, add to the order of sentences


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A sentence with how well it supports an answer, from about 0 to 1, and its place among the others."""

    candidate: Candidate
    support: float
    rank: float


@dataclass(frozen=True, slots=True)
class _Matched:
    """The shares of the question's words that a sentence holds, it and the one before it, and its passage."""

    candidate: Candidate
    alone: float
    with_before: float
    in_passage: float
    missing: int
    """Identifiers and numbers of the question that its passage does not hold."""


def score(text: str, passages: Sequence[Passage], embedder: Embedder) -> list[Scored]:
    """The sentences of the passages, those that answer the question `text` best first.

    Raises:
        ModelError: the embedder failed.
    """
    question = Question(text)
    matched = _match(question, passages)
    matched.sort(key=lambda one: one.alone + one.with_before + 0.5 / (1 + one.candidate.rank), reverse=True)
    matched = matched[:COMPARED]
    nearness = _nearness(question.bare, [one.candidate.read for one in matched], embedder)
    nearest: dict[int, float] = {}
    for one, near in zip(matched, nearness, strict=True):
        nearest[one.candidate.rank] = max(near, nearest.get(one.candidate.rank, -1.0))
    found = [
        _scored(question, one, near, nearest[one.candidate.rank]) for one, near in zip(matched, nearness, strict=True)
    ]
    return sorted(found, key=lambda one: one.rank, reverse=True)


def _nearness(question: str, texts: Sequence[str], embedder: Embedder) -> list[float]:
    if isinstance(embedder, AsksOtherwise):
        found: list[float] = (embedder.embed(texts) @ embedder.embed_query(question)).tolist()
    else:
        vectors = embedder.embed([question, *texts])
        found = (vectors[1:] @ vectors[0]).tolist()
    return found


def _scored(question: Question, one: _Matched, near: float, nearest: float) -> Scored:
    shares = [near, nearest, one.alone, one.with_before, one.in_passage]
    support = float(_WEIGHTS @ shares) * MISSING**one.missing
    rank = support + _HINT * question.suits(one.candidate.text) + _HINT / (1 + one.candidate.rank)
    return Scored(candidate=one.candidate, support=support, rank=rank)


def _match(question: Question, passages: Sequence[Passage]) -> list[_Matched]:
    languages = [guess(passage.chunk.text.casefold().split()) for passage in passages]
    places = [_place(passage.chunk, language) for passage, language in zip(passages, languages, strict=True)]
    held = [
        place.union(document_terms(passage.chunk.text, language))
        for passage, language, place in zip(passages, languages, places, strict=True)
    ]
    weights = _weights(question, held)
    total = sum(weights) or 1.0

    def share(terms: set[str]) -> float:
        return sum(weight for word, weight in zip(question.words, weights, strict=True) if word.held_by(terms)) / total

    found: list[_Matched] = []
    identifiers = frozenset[str]().union(*(word.terms for word in question.words if word.identifies))
    for candidate in candidates(passages[:READ]):
        language, passage = languages[candidate.rank], held[candidate.rank]
        # An identifier, or a word of the document's name, says which passage is meant; its sentences do not repeat it.
        meant = places[candidate.rank] | (passage & identifiers)
        alone = meant.union(document_terms(candidate.text, language))
        with_before = alone.union(document_terms(candidate.before, language))
        missing = sum(word.identifies and not word.held_by(passage) for word in question.words)
        found.append(_Matched(candidate, share(alone), share(with_before), share(passage), missing))
    return found


def _weights(question: Question, held: Sequence[set[str]]) -> list[float]:
    """Among passages that all match, a word that few of them hold tells most, and so does one that none holds."""
    return [
        (ASKED if word.asked else 1.0) * math.log((len(held) + 1) / (sum(map(word.held_by, held)) + 0.5))
        for word in question.words
    ]


def _place(chunk: StoredChunk, language: str | None) -> set[str]:
    """Terms of what says where a passage stands."""
    name = re.sub(r"[-_.]+", " ", chunk.document_name)
    return set(document_terms(f"{chunk.document_name}\n{name}\n{chunk.section or ''}", language))
