"""Whether the passages that a sentence cites hold what it says, and which of their sentences say it."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from pipeline.answering.candidates import candidates
from pipeline.answering.citations import quoted
from pipeline.answering.retrieval import Passage
from pipeline.extraction.values.figures import figures, readings
from schemas.answers import Citation

SHOWN_FIGURES = 2
"""A figure that no passage holds may stand beside so many that they hold: it was calculated from them."""
LEAST_SHARED = 40.0
"""Least likeness (rapidfuzz token set ratio, 0 to 100) of a sentence to one of a passage it cites."""


def supported(sentence: str, question: str, passages: Sequence[Passage]) -> bool:
    """Whether the figures of a sentence are in the passages, and whether it is about what one of them says."""
    known = readings("\n".join([question, *(_whole(passage) for passage in passages)]))
    held = [bool(figure.readings & known) for figure in figures(sentence)]
    if not all(held) and sum(held) < SHOWN_FIGURES:
        return False
    return max((fuzz.token_set_ratio(sentence, _whole(one)) for one in passages), default=0.0) >= LEAST_SHARED


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
