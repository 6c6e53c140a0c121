"""Summaries without a model: the sentences of a document that say most, word for word, in its order."""

from collections.abc import Sequence
from itertools import islice

from pipeline.prompting.plain import plain
from pipeline.reading.passages import passages
from pipeline.summarizing.candidates import Candidate, line_candidates, sentence_candidates
from pipeline.summarizing.features import headline as find_headline
from pipeline.summarizing.features import is_conversation
from pipeline.summarizing.lines import choose_lines
from pipeline.summarizing.scoring import TITLES, Setting, score
from pipeline.summarizing.selection import select
from schemas.documents import Document, Notice
from schemas.summaries import Summary

VERSION = "2"
MOST_SENTENCES = 50
ENOUGH_PROSE = 12  # sentences that make a document one of prose, whatever tables it has beside them
PROSE_SHARE = 0.3  # of its words in sentences does so as well
_WORDS_OF_A_SENTENCE = 5


def summarize(document: Document, *, sentences: int = 5) -> Summary:
    """Choose at most so many sentences (1 to 50); for documents without sentences, so many telling lines.

    Points are the sentences chosen, without markup; `evidence[i]` is where `points[i]` was read. A sentence that
    goes on over a page break has the place where it begins. A document without text gives an empty summary and a
    warning.
    """
    wanted = max(1, min(sentences, MOST_SENTENCES))
    candidates = sentence_candidates(document)
    lines = [] if _is_prose(document, candidates) else line_candidates(document)
    if lines:
        chosen, between = choose_lines(lines, wanted), "\n"
    else:
        chosen, between = _choose_sentences(document, candidates, wanted), " "
    points = [plain(candidate.text) for candidate in chosen]
    return Summary(
        text=between.join(points),
        points=points,
        evidence=[candidate.evidence() for candidate in chosen],
        warnings=[] if chosen else [Notice(code="nothing-to-summarize", message="The document has no text.")],
        produced_by={"extractive-summary": VERSION},
    )


def _is_prose(document: Document, candidates: Sequence[Candidate]) -> bool:
    if document.shape == "segments":
        return True
    real = [len(words) for c in candidates if c.closed and len(words := c.text.split()) >= _WORDS_OF_A_SENTENCE]
    if len(real) >= ENOUGH_PROSE:
        return True
    total = sum(len(passage.text.split()) for passage in passages(document))
    return total > 0 and sum(real) >= PROSE_SHARE * total


def _choose_sentences(document: Document, candidates: Sequence[Candidate], wanted: int) -> list[Candidate]:
    headings = (passage.text for passage in passages(document) if passage.kind == "heading")
    titles = [*([document.title] if document.title else []), *islice(headings, TITLES)]
    spoken = document.shape == "segments" or is_conversation(candidates)
    headline = None if spoken or titles else find_headline(candidates)
    if headline is not None:
        titles, candidates = [headline], candidates[1:]
    setting = Setting(titles=titles, language=document.language, spoken=spoken, wanted=wanted)
    scored = score(candidates, setting)
    sections = [candidate.passage.section for candidate in scored.candidates]
    numbers = select(scored.scores, scored.cosines, sections, wanted)
    return [scored.candidates[number] for number in numbers] or list(scored.candidates[:wanted])
