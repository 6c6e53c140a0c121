"""One figure for each sentence: how much it should be in the summary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.indexing.terms import document_terms
from pipeline.summarizing import features
from pipeline.summarizing.candidates import Candidate
from pipeline.summarizing.similarity import Matrix, Vector, centrality, document_frequencies, idf, similarities

GRAPH_LIMIT = 700  # sentences that are compared with one another; the time grows with the square
TERMS_LIMIT = 20_000  # sentences whose words are looked at; of more, those that open sections and paragraphs go first
TITLES = 12  # headings that count as titles of the whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What the parts of a score count; chosen on news, papers, meetings and terms of service."""

    centrality: float = 1.0
    position: float = 0.5
    titles: float = 0.2
    announcement: float = 0.2
    commitment: float = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """Sentences that may be chosen, in order of the document, with scores from 0 to about 2 and cosines."""

    candidates: list[Candidate]
    scores: Vector
    cosines: Matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What is known of the document as a whole."""

    titles: Sequence[str]
    """Its title and its headings, the first of them."""
    language: str | None
    spoken: bool
    """Said rather than written."""
    wanted: int
    """Sentences of the summary."""


def score(candidates: Sequence[Candidate], setting: Setting, weights: Weights | None = None) -> Scored:
    """Score them; of very many the less promising are left out first, so that the work stays bounded."""
    weights = weights or Weights()
    enough = features.SPOKEN if setting.spoken else features.enough_terms(setting.wanted, len(candidates))
    candidates = _first(candidates)
    terms = [document_terms(features.said(candidate.text), setting.language) for candidate in candidates]
    cheap = _cheap(candidates, terms, setting, weights)
    kept = sorted(np.argsort(-(cheap + _common(terms)), kind="stable")[:GRAPH_LIMIT].tolist())
    cosines = similarities([terms[number] for number in kept])
    scores = cheap[kept] + weights.centrality * centrality(cosines)
    chosen = [candidates[number] for number in kept]
    quality = _quality(chosen, [terms[number] for number in kept], enough)
    return Scored(candidates=chosen, scores=scores * quality, cosines=cosines)


def _first(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    if len(candidates) <= TERMS_LIMIT:
        return candidates
    ranked = sorted(candidates, key=lambda c: (not c.opens_section, not c.opens_paragraph))
    kept = {id(candidate) for candidate in ranked[:TERMS_LIMIT]}
    return [candidate for candidate in candidates if id(candidate) in kept]


def _cheap(
    candidates: Sequence[Candidate], terms: Sequence[Sequence[str]], setting: Setting, weights: Weights
) -> NDArray[np.float32]:
    """The parts that need no comparison with other sentences."""
    titles = set(document_terms(" ".join(setting.titles[:TITLES]), setting.language))
    meeting = features.is_meeting(setting.titles[:TITLES], spoken=setting.spoken)
    total = len(candidates)
    values = np.zeros(total, dtype=np.float32)
    for number, (candidate, words) in enumerate(zip(candidates, terms, strict=True)):
        value = weights.titles * features.overlap(words, titles)
        if not setting.spoken:
            value += weights.position * features.position(candidate, number, total)
            value += weights.announcement * features.announcement(candidate.text)
        if meeting:
            value += weights.commitment * features.commitment(candidate.text)
        values[number] = value
    return values


def _common(terms: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """A stand-in for centrality that takes one pass: how common a sentence's terms are in the document, 0 to 1."""
    frequencies = document_frequencies(terms)
    count = max(1, len(terms))
    best = idf(count, count)
    values = [sum(best / idf(frequencies[t], count) for t in set(s)) / (len(set(s)) + 4) if s else 0.0 for s in terms]
    return np.asarray(values, dtype=np.float32)


def _quality(candidates: Sequence[Candidate], terms: Sequence[Sequence[str]], enough: float) -> NDArray[np.float32]:
    values = [
        features.length(len(candidate.text.split()), len(words), enough) * features.soundness(candidate)
        for candidate, words in zip(candidates, terms, strict=True)
    ]
    return np.asarray(values, dtype=np.float32)
