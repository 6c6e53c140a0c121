"""OpenAI's door: chat clients that know nothing of Sheaf ask the corpus."""

import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from fastapi import Response
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from api.http import event_stream
from api.http.access import Reader, ServicesHere
from api.http.routing import make_router
from api.http.search import CorpusHere
from pipeline.answering.conversation import converse
from pipeline.answering.marks import closing_marks, marks
from pipeline.answering.retrieval import Corpus
from pipeline.errors import InvalidRequest, NotFound
from pipeline.jobs.usage import charged
from pipeline.models.spending import Ledger
from pipeline.services import Services
from pipeline.stores.records import documents
from schemas.answers import Answer, AnswerRequest, Citation, DoneEvent, Filters, TokenEvent
from schemas.chat_completions import (
    Annotation,
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    CompletionChoice,
    CompletionMessage,
    CompletionUsage,
    Grounds,
    ModelCard,
    ModelCards,
    UrlCitation,
)

router = make_router("chat")

MODEL = "sheaf"
LONGEST_QUESTION = 2_000
CHUNKS = "The answer; with `stream: true` chunks as OpenAI sends them, and last `[DONE]`."


@router.get("/models")
def list_models(services: ServicesHere, caller: Reader) -> ModelCards:
    """What can be asked: `sheaf` for all documents, and `sheaf/COLLECTION` for each collection."""
    with services.database.read() as connection:
        found = documents.list_collections(connection, caller.workspace_id)
    return ModelCards(data=[ModelCard(id=MODEL), *(ModelCard(id=f"{MODEL}/{name}") for name in found)])


@router.post(
    "/chat/completions",
    response_class=Response,
    responses={200: {"model": ChatCompletion, "description": CHUNKS, "content": {event_stream.MEDIA_TYPE: {}}}},
)
async def create_chat_completion(
    wanted: ChatCompletionRequest, services: ServicesHere, caller: Reader, corpus: CorpusHere
) -> Response:
    """Answer the last user message from your documents, as `/v1/answers` does; earlier ones tell what it is about."""
    ended = threading.Event()
    asked = _Asked.of(wanted, services)
    pieces = asked.pieces(corpus, caller.workspace_id, ended.is_set)
    if not wanted.stream:
        made = await run_in_threadpool(asked.completion, pieces)
        return Response(made.model_dump_json().encode(), media_type="application/json")
    chunks = asked.chunks(pieces, with_usage=bool(wanted.stream_options and wanted.stream_options.include_usage))
    first = await run_in_threadpool(next, chunks)
    return event_stream.stream(_encoded(first, chunks, ended))


async def _encoded(
    first: ChatCompletionChunk, chunks: Iterator[ChatCompletionChunk], ended: threading.Event
) -> AsyncIterator[bytes]:
    try:
        yield _data(first)
        async for chunk in iterate_in_threadpool(chunks):
            yield _data(chunk)
        yield b"data: [DONE]\n\n"
    finally:
        ended.set()  # the client may have gone


def _data(chunk: ChatCompletionChunk) -> bytes:
    return b"data: " + chunk.model_dump_json(exclude_none=True).encode() + b"\n\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """One question, and the names its answer goes by."""

    services: Services
    question: AnswerRequest
    earlier: list[str]
    model: str
    ledger: Ledger
    id: str
    created: int

    @classmethod
    def of(cls, wanted: ChatCompletionRequest, services: Services) -> "_Asked":
        said = [message.text.strip() for message in wanted.messages if message.role == "user" and message.text.strip()]
        if not said or wanted.messages[-1].role != "user":
            raise InvalidRequest("the last message is to be a user's, with a text", field="messages")
        filters = _filters(wanted.model)
        return cls(
            services=services,
            question=AnswerRequest(question=said[-1][:LONGEST_QUESTION], filters=filters, stream=wanted.stream),
            earlier=[text[:LONGEST_QUESTION] for text in said[:-1]],
            model=wanted.model,
            ledger=Ledger(),
            id=f"chatcmpl-{uuid.uuid4().hex}",
            created=int(time.time()),
        )

    def pieces(self, corpus: Corpus, workspace_id: str, stopped: Callable[[], bool]) -> Iterator[str | Answer]:
        """The text piece by piece, and last the whole answer, its text with marks."""
        with charged(self.services, workspace_id=workspace_id, work="answer", ledger=self.ledger) as chat:
            for event in converse(
                self.question,
                workspace_id=workspace_id,
                corpus=corpus,
                chat=chat,
                earlier=self.earlier,
                stopped=stopped,
            ):
                if isinstance(event, TokenEvent):
                    yield event.text
                elif isinstance(event, DoneEvent):
                    closing = closing_marks(event.answer)
                    if closing:
                        yield closing
                    yield event.answer.model_copy(update={"text": event.answer.text + closing})

    def completion(self, pieces: Iterator[str | Answer]) -> ChatCompletion:
        """The answer at once."""
        answer = next(piece for piece in pieces if isinstance(piece, Answer))
        message = CompletionMessage(content=answer.text, annotations=self._annotations(answer))
        return ChatCompletion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[CompletionChoice(message=message)],
            usage=self._usage(),
            sheaf=_grounds(answer),
        )

    def chunks(self, pieces: Iterator[str | Answer], *, with_usage: bool) -> Iterator[ChatCompletionChunk]:
        """The answer as a stream."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in pieces:
            if isinstance(piece, str):
                yield self._chunk({"content": piece})
                continue
            annotations = [annotation.model_dump() for annotation in self._annotations(piece)]
            last = self._chunk({"annotations": annotations} if annotations else {}, finish_reason="stop")
            yield last.model_copy(update={"sheaf": _grounds(piece)})
        if with_usage:
            yield self._chunk(None).model_copy(update={"usage": self._usage()})

    def _chunk(self, delta: dict[str, object] | None, finish_reason: str | None = None) -> ChatCompletionChunk:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        return ChatCompletionChunk(id=self.id, created=self.created, model=self.model, choices=choices)

    def _usage(self) -> CompletionUsage:
        spent = self.ledger.spent()
        prompt, completion = sum(each.input_tokens for each in spent), sum(each.output_tokens for each in spent)
        return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)

    def _annotations(self, answer: Answer) -> list[Annotation]:
        return [
            Annotation(
                url_citation=UrlCitation(
                    start_index=start,
                    end_index=end,
                    title=answer.citations[number - 1].document_name,
                    url=_url(self.services.settings.public_url, answer.citations[number - 1]),
                )
            )
            for start, end, number in marks(answer.text, len(answer.citations))
        ]


def _filters(model: str) -> Filters | None:
    name, _, collection = model.partition("/")
    if name != MODEL:
        raise NotFound(f"there is no model {model!r}; GET /v1/models lists them")
    return Filters(collection=collection) if collection else None


def _url(public_url: str, citation: Citation) -> str:
    """The document, at the page where it says so."""
    page = next((place.page for place in citation.evidence if place.kind == "page"), None)
    at = f"#page={page}" if page is not None else ""
    return f"{public_url}/v1/documents/{citation.document_id}/file{at}"


def _grounds(answer: Answer) -> Grounds:
    return Grounds(
        answered=answer.answered,
        citations=answer.citations,
        understood_as=answer.understood_as,
        warnings=answer.warnings,
    )
