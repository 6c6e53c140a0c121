"""Whether the passages that a sentence cites hold what it says, and which of their sentences say it."""

from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz

from pipeline.answering.candidates import candidates
from pipeline.answering.citations import quoted
from pipeline.answering.passage import Passage
from pipeline.extraction.values.figures import figures, readings
from pipeline.indexing.language import guess
from pipeline.indexing.terms import document_terms, query_terms
from schemas.answers import Citation

SHOWN_FIGURES = 2
"""A figure that no passage holds may stand beside so many that they hold: it was calculated from them."""
LEAST_SHARED = 40.0
"""Least likeness (rapidfuzz token set ratio, 0 to 100) of a sentence to one of a passage it cites."""
BEGINNING = 5
"""Characters of two terms that are equal in forms of one word."""


def supporting(sentence: str, question: str, passages: Sequence[Passage]) -> list[Passage]:
    """Those of the passages that a sentence rests on; none where they do not hold it.

    Its figures must be in them, it must be about what one of them says, and they must have half of the words that it
    adds to the question. A passage that has less, and nothing that no other has, was only named.
    """
    known = readings("\n".join([question, *(_whole(passage) for passage in passages)]))
    held = [bool(figure.readings & known) for figure in figures(sentence)]
    if not all(held) and sum(held) < SHOWN_FIGURES:
        return []
    if max((fuzz.token_set_ratio(sentence, _whole(one)) for one in passages), default=0.0) < LEAST_SHARED:
        return []
    added = _added(sentence, question, passages)
    having = [_having(passage, added) for passage in passages]
    if 2 * len(set[str]().union(*having)) < len(added):
        return []
    times = Counter(term for terms in having for term in terms)
    return [
        passage
        for passage, terms in zip(passages, having, strict=True)
        if 2 * len(terms) >= len(added) or any(times[term] == 1 for term in terms)
    ]


def _added(sentence: str, question: str, passages: Sequence[Passage]) -> set[str]:
    """Terms that the question does not have; none where languages differ: words say nothing then."""
    languages = {guess(text.casefold().split()) for text in (sentence, *(passage.chunk.text for passage in passages))}
    if len(languages - {None}) > 1:
        return set()
    return set(document_terms(sentence)) - set(query_terms(question))


def _having(passage: Passage, wanted: set[str]) -> set[str]:
    """Those of the terms that it has, or begins a word like: a model inflects what it read."""
    terms = set(document_terms(_whole(passage)))
    beginnings = {term[:BEGINNING] for term in terms}
    return {term for term in wanted if term in terms or (len(term) > BEGINNING and term[:BEGINNING] in beginnings)}


def unheld(sentence: str, passages: Sequence[Passage]) -> list[str]:
    """The figures of a sentence, as printed, that no passage holds: the question's own, and what was calculated."""
    known = readings("\n".join(map(_whole, passages)))
    return [figure.printed for figure in figures(sentence) if not figure.readings & known]


def cite(sentence: str, passage: Passage) -> Citation:
    """The passage's sentence that is most like this one, with its place."""
    text = passage.chunk.text
    spans = [(one.start, one.end) for one in candidates([passage])] or [(0, len(text))]
    start, end = max(spans, key=lambda span: fuzz.token_set_ratio(sentence, text[span[0] : span[1]]))
    return quoted(passage, start, end)


def _whole(passage: Passage) -> str:
    return "\n".join((passage.chunk.document_name, passage.chunk.section or "", passage.chunk.text))
