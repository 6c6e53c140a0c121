"""Questions to answers with a chat model: it says only what passages hold, and each sentence is checked."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from pipeline.answering.answer import NOT_FOUND, PASSAGES
from pipeline.answering.cited import CitedReader, CitedText
from pipeline.answering.passage import Passage
from pipeline.answering.support import cite, supporting, unheld
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest
from pipeline.prompting.fences import fenced
from pipeline.prompting.messages import build
from pipeline.prompting.templates import Prompt, render
from schemas.answers import Answer, AnswerEvent, Citation, CitationEvent, DoneEvent, TokenEvent
from schemas.documents import Notice

MAX_TOKENS = 800
TIMEOUT_SECONDS = 60.0
CONTEXT_SHARE = 0.5
"""Of the context that passages may take."""
SENTINEL = "NOT IN THE DOCUMENTS"


def generate(
    question: str, passages: Sequence[Passage], model: ChatModel, stopped: Callable[[], bool] = lambda: False
) -> Iterator[AnswerEvent]:
    """The answer's sentences as the model says them, each with its citations, and last the whole.

    A sentence is given when it cites passages that were shown and these hold it (`support`); others are left out, and
    a warning says how many. `[n]` in the text points at the n-th citation. Not answered is what the model says so of,
    refuses, or says nothing of that can be held up.

    Raises:
        ModelError: the model failed.
        JobCancelled: `stopped` returned true.
    """
    shown = _fitting(passages, model)
    prompt = answer_prompt(question, shown)
    request = ChatRequest(messages=build(prompt), max_tokens=MAX_TOKENS, timeout_seconds=TIMEOUT_SECONDS)
    telling = _Telling(question, shown)
    reader = CitedReader()
    ended: ChatAnswer | None = None
    for piece in model.stream(request, stopped):
        if isinstance(piece, ChatAnswer):
            ended = piece
            break
        for cited in reader.feed(piece):
            yield from telling.tell(cited)
    for cited in reader.close():
        yield from telling.tell(cited)
    cut = ended is not None and ended.finish_reason == "length"
    yield DoneEvent(answer=telling.answer(reader.uncited, cut=cut, made_by={"model": model.name, "prompt": prompt.id}))


def answer_prompt(question: str, passages: Sequence[Passage]) -> Prompt:
    """The prompt that shows these passages, numbered from 1."""
    items = [(passage.chunk.text, _said_of(number, passage)) for number, passage in enumerate(passages, start=1)]
    return render("answer", passages=fenced("passage", items), question=question)


def _said_of(number: int, passage: Passage) -> dict[str, str | int]:
    section = {"section": passage.chunk.section} if passage.chunk.section else {}
    return {"number": number, "document": passage.chunk.document_name, **section}


def _fitting(passages: Sequence[Passage], model: ChatModel) -> list[Passage]:
    """The best passages that together take no more than their share of the context; the first rather alone than not."""
    most = CONTEXT_SHARE * model.capabilities.context_tokens
    if passages and model.tokens.text(passages[0].chunk.text) > most:
        passages = [passages[0].alone()]
    sums = accumulate(model.tokens.text(passage.chunk.text) for passage in passages[:PASSAGES])
    return [passage for passage, total in zip(passages, sums, strict=False) if total <= most]


class _Telling:
    """Checks cited sentences and numbers their citations in the order in which they are told."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._question = question
        self._passages = passages
        self._texts: list[str] = []
        self._citations: list[Citation] = []
        self._left_out = 0
        self._unheld: list[str] = []

    def tell(self, cited: CitedText) -> Iterator[AnswerEvent]:
        if SENTINEL in cited.text.upper() or not any(char.isalnum() for char in cited.text):
            return
        there = [self._passages[number - 1] for number in cited.numbers if 1 <= number <= len(self._passages)]
        there = supporting(cited.text, self._question, there)
        if not there:
            self._left_out += 1
            return
        self._unheld += unheld(cited.text, there)
        known = len(self._citations)
        numbers = sorted({self._number(cite(cited.text, passage)) for passage in there})
        text = f"{cited.text} {''.join(f'[{number}]' for number in numbers)}"
        yield TokenEvent(text=f" {text}" if self._texts else text)
        self._texts.append(text)
        for number, citation in enumerate(self._citations[known:], start=known + 1):
            yield CitationEvent(number=number, citation=citation)

    def _number(self, citation: Citation) -> int:
        if citation not in self._citations:
            self._citations.append(citation)
        return self._citations.index(citation) + 1

    def answer(self, uncited: str, *, cut: bool, made_by: dict[str, str]) -> Answer:
        warnings = [Notice(code="answer-cut", message="The model's answer was cut at its length limit.")] if cut else []
        left_out = self._left_out + bool(self._texts and any(char.isalnum() for char in uncited))
        if left_out:
            message = f"{left_out} of the model's sentences were left out: no retrieved passage holds them."
            warnings.append(Notice(code="unsupported-left-out", message=message))
        if self._unheld:
            told = "; ".join(dict.fromkeys(self._unheld))
            message = f"No cited passage holds these figures, taken from the question or calculated: {told}."
            warnings.append(Notice(code="figures-not-cited", message=message))
        return Answer(
            question=self._question,
            answered=bool(self._texts),
            text=" ".join(self._texts) if self._texts else NOT_FOUND,
            citations=self._citations,
            warnings=warnings,
            produced_by=made_by,
        )
