"""Questions to answers without a chat model: the sentence that answers best, or none.

What is said is quoted from the documents, so it cannot be invented; it may be beside the point, which the threshold on
its support keeps rare.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.answering.citations import quoted
from pipeline.answering.passage import Passage
from pipeline.answering.scoring import THRESHOLD, Scored, score
from pipeline.models.embedding import Embedder
from pipeline.prompting.plain import plain
from schemas.answers import Answer, AnswerEvent, Citation, CitationEvent, DoneEvent, TokenEvent

NOT_FOUND = "The answer is not in your documents."
PASSAGES = 20  # retrieved; the question's words are weighed among them
CITATIONS = 3
NEAR_BEST = 0.85  # of the best support; weaker sentences are not cited
VERSION = "extractive-1"


def quoted_answer(question: str, passages: Sequence[Passage], embedder: Embedder) -> Answer:
    """The best sentence of the passages with its place, and up to two more that support it.

    `answered` is false where nothing supports an answer.

    Raises:
        ModelError: the embedder failed.
    """
    scored = score(question, passages, embedder) if passages else []
    answered = bool(scored) and scored[0].support >= THRESHOLD
    cited = _cited(scored) if answered else []
    return Answer(
        question=question,
        answered=answered,
        text=plain(cited[0].quote) if cited else NOT_FOUND,
        citations=cited,
        produced_by={"reader": VERSION, "embedder": embedder.name},
    )


def answer_events(answer: Answer) -> Iterator[AnswerEvent]:
    """A whole answer as the events of a stream: the text word by word, its citations, and all of it."""
    for word in re.findall(r"\s*\S+|\s+$", answer.text):
        yield TokenEvent(text=word)
    for number, citation in enumerate(answer.citations, start=1):
        yield CitationEvent(number=number, citation=citation)
    yield DoneEvent(answer=answer)


def _cited(scored: Sequence[Scored]) -> list[Citation]:
    least = max(THRESHOLD, NEAR_BEST * scored[0].support)
    cited: dict[str, Citation] = {}
    for one in scored:
        text = " ".join(one.candidate.text.split()).casefold()
        if one.support >= least and text not in cited:
            cited[text] = quoted(one.candidate.passage, one.candidate.opening, one.candidate.end)
            if len(cited) == CITATIONS:
                break
    return list(cited.values())
