"""The one way in: a question becomes events, by the chat model where there is one, else by quoting."""

import logging
from collections.abc import Callable, Iterator
from functools import partial

from pipeline.answering.answer import NOT_FOUND, PASSAGES, answer_events, quoted_answer
from pipeline.answering.choosing import best_passages
from pipeline.answering.citations import also_in
from pipeline.answering.generate import generate
from pipeline.answering.passage import Passage
from pipeline.answering.presence import unchanged
from pipeline.answering.retrieval import Corpus
from pipeline.errors import ModelError
from pipeline.models.chat import ChatModel
from schemas.answers import (
    Answer,
    AnswerEvent,
    AnswerRequest,
    CitationEvent,
    DoneEvent,
    RetrievedEvent,
    RetrievedPassage,
    TokenEvent,
)
from schemas.documents import Notice

log = logging.getLogger("sheaf.answering")

WITHHELD = "The answer is withheld: a document that it was made from was deleted or changed while it was written."
CHANGED = Notice(
    code="documents-changed",
    message="A document was deleted or changed while the answer was written. Ask again.",
)
REDONE = Notice(
    code="answer-redone",
    message="A document was deleted or changed while the answer was written: it was made anew from what there is now.",
)


class _Changed(Exception):
    """A passage that the answer was to be made from may not be shown any more."""


def ask(
    request: AnswerRequest,
    *,
    workspace_id: str,
    corpus: Corpus,
    chat: ChatModel | None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[AnswerEvent]:
    """What was retrieved, the answer piece by piece with its citations, and last the whole answer.

    Every passage is looked up again before each piece and before the whole: what was deleted or changed meanwhile is
    not quoted. The answer is then made anew, once, beginning with what is retrieved now; it is withheld where that
    happens again, or where pieces of a streamed answer were given already.

    A model that fails before it has said anything is stood in for by the quoting reader, and a warning says so; where
    it fails later, the answer ends with what was said.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
        JobCancelled: `stopped` returned true.
    """
    said = False
    for again in (False, True):
        attempt = _Attempt(request, workspace_id, corpus, chat, again)
        try:
            for event in attempt.events(stopped):
                said = said or isinstance(event, TokenEvent)
                yield event
        except _Changed:
            log.info("a document was deleted or changed while an answer was written")
            if said and request.stream:
                break
        else:
            return
    yield TokenEvent(text=f"\n\n{WITHHELD}" if said else WITHHELD)
    yield DoneEvent(
        answer=Answer(question=request.question, answered=False, text=WITHHELD, citations=[], warnings=[CHANGED])
    )


class _Attempt:
    """An answer from what is there now."""

    def __init__(
        self, request: AnswerRequest, workspace_id: str, corpus: Corpus, chat: ChatModel | None, again: bool
    ) -> None:
        self._question = request.question
        self._corpus = corpus
        self._chat = chat
        self._passages, warnings = best_passages(
            corpus, request.question, workspace_id=workspace_id, filters=request.filters, limit=PASSAGES
        )
        self._warnings = [REDONE, *warnings] if again else warnings
        self._unchanged = partial(unchanged, corpus, self._passages, workspace_id=workspace_id, filters=request.filters)

    def events(self, stopped: Callable[[], bool]) -> Iterator[AnswerEvent]:
        """As `ask` gives them.

        Raises:
            _Changed: what was retrieved is not what is there any more.
        """
        yield RetrievedEvent(passages=[_named(passage) for passage in self._passages])
        if self._chat is None or not self._passages:
            yield from answer_events(self._told(self._quoted()))
            return
        said: list[AnswerEvent] = []
        try:
            for event in generate(self._question, self._passages, self._chat, stopped):
                given: AnswerEvent = event
                if isinstance(event, TokenEvent):
                    self._check()
                elif isinstance(event, DoneEvent):
                    given = DoneEvent(answer=self._told(event.answer))
                    if not event.answer.answered:
                        yield TokenEvent(text=event.answer.text)
                said.append(given)
                yield given
        except ModelError as error:
            log.warning("the model's answer failed: %s", error.name)
            if said:
                yield DoneEvent(answer=self._told(_so_far(self._question, said, error, self._chat.name)))
                return
            notice = Notice(code=error.name, message="The chat model failed; the answer quotes the documents instead.")
            yield from answer_events(self._told(self._quoted().model_copy(update={"warnings": [notice]})))

    def _quoted(self) -> Answer:
        return quoted_answer(self._question, self._passages, self._corpus.embedder)

    def _check(self) -> None:
        if not self._unchanged():
            raise _Changed

    def _told(self, answer: Answer) -> Answer:
        """Checked, and with what is to be said of the search."""
        if answer.answered:
            self._check()
        return answer.model_copy(update={"warnings": [*self._warnings, *answer.warnings]})


def whole_answer(events: Iterator[AnswerEvent]) -> Answer:
    """The answer that a stream of events ends with."""
    for event in events:
        if isinstance(event, DoneEvent):
            return event.answer
    raise AssertionError("the events of an answer end with the whole of it")


def _so_far(question: str, said: list[AnswerEvent], error: ModelError, model: str) -> Answer:
    text = "".join(event.text for event in said if isinstance(event, TokenEvent))
    return Answer(
        question=question,
        answered=bool(text),
        text=text or NOT_FOUND,
        citations=[event.citation for event in said if isinstance(event, CitationEvent)],
        warnings=[Notice(code=error.name, message="The model failed before its answer was whole.")],
        produced_by={"model": model},
    )


def _named(passage: Passage) -> RetrievedPassage:
    chunk = passage.chunk
    return RetrievedPassage(
        document_id=chunk.document_id,
        document_name=chunk.document_name,
        chunk_id=chunk.id,
        chunk_ids=passage.chunk_ids,
        also_in=also_in(passage),
    )
