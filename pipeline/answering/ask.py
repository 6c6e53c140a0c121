"""The one way in: a question becomes events, by the chat model where there is one, else by quoting."""

import logging
from collections.abc import Callable, Iterator

from pipeline.answering.answer import NOT_FOUND, PASSAGES, answer_events, quoted_answer
from pipeline.answering.choosing import best_passages
from pipeline.answering.citations import also_in
from pipeline.answering.generate import generate
from pipeline.answering.passage import Passage
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


def ask(
    request: AnswerRequest,
    *,
    workspace_id: str,
    corpus: Corpus,
    chat: ChatModel | None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[AnswerEvent]:
    """What was retrieved, the answer piece by piece with its citations, and last the whole answer.

    A model that fails before it has said anything is stood in for by the quoting reader, and a warning says so; where
    it fails later, the answer ends with what was said.

    Raises:
        ModelError: the embedder failed.
        VectorsUnavailable: the vector store failed.
        JobCancelled: `stopped` returned true.
    """
    passages, warnings = best_passages(
        corpus, request.question, workspace_id=workspace_id, filters=request.filters, limit=PASSAGES
    )
    for event in _answered(request.question, passages, corpus, chat, stopped):
        if isinstance(event, DoneEvent) and warnings:
            yield DoneEvent(answer=event.answer.model_copy(update={"warnings": [*warnings, *event.answer.warnings]}))
        else:
            yield event


def _answered(
    question: str, passages: list[Passage], corpus: Corpus, chat: ChatModel | None, stopped: Callable[[], bool]
) -> Iterator[AnswerEvent]:
    yield RetrievedEvent(passages=[_named(passage) for passage in passages])
    if chat is None or not passages:
        yield from answer_events(quoted_answer(question, passages, corpus.embedder))
        return
    said: list[AnswerEvent] = []
    try:
        for event in generate(question, passages, chat, stopped):
            if event.type == "done" and not event.answer.answered:
                yield TokenEvent(text=event.answer.text)
            said.append(event)
            yield event
    except ModelError as error:
        log.warning("the model's answer failed: %s", error.name)
        if said:
            yield DoneEvent(answer=_so_far(question, said, error, chat.name))
            return
        quoted = quoted_answer(question, passages, corpus.embedder)
        notice = Notice(code=error.name, message="The chat model failed; the answer quotes the documents instead.")
        yield from answer_events(quoted.model_copy(update={"warnings": [notice]}))


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
