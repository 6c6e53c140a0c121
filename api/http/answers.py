"""The route that answers questions from the corpus."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator

from fastapi import Response
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from api.http import event_stream
from api.http.access import Reader, ServicesHere
from api.http.routing import make_router
from api.http.search import CorpusHere
from pipeline.answering.ask import whole_answer
from pipeline.answering.conversation import converse, recall, remember
from pipeline.answering.retrieval import Corpus
from pipeline.jobs.usage import charged
from pipeline.services import Services
from schemas.answers import Answer, AnswerEvent, AnswerRequest, DoneEvent

router = make_router("answers")

EVENTS = "The answer; with `stream: true` the events `retrieved`, `token`, `citation` and `done`."


@router.post(
    "/answers",
    response_class=Response,
    responses={200: {"model": Answer, "description": EVENTS, "content": {event_stream.MEDIA_TYPE: {}}}},
)
async def answer_question(
    wanted: AnswerRequest, services: ServicesHere, caller: Reader, corpus: CorpusHere
) -> Response:
    """An answer from your documents with its citations, or `answered: false` where nothing supports one."""
    ended = threading.Event()
    events = _events(wanted, services, corpus, caller.workspace_id, ended.is_set)
    if not wanted.stream:
        found = await run_in_threadpool(whole_answer, events)
        return Response(found.model_dump_json().encode(), media_type="application/json")
    # What goes wrong before the first event is still a problem document.
    first = await run_in_threadpool(next, events)
    return event_stream.stream(_encoded(first, events, ended))


def _events(
    wanted: AnswerRequest, services: Services, corpus: Corpus, workspace_id: str, stopped: Callable[[], bool]
) -> Iterator[AnswerEvent]:
    database, ongoing = services.database, wanted.conversation_id
    earlier = recall(database, ongoing, workspace_id=workspace_id)
    with charged(services, workspace_id=workspace_id, work="answer") as chat:
        for event in converse(
            wanted, workspace_id=workspace_id, corpus=corpus, chat=chat, earlier=earlier, stopped=stopped
        ):
            if isinstance(event, DoneEvent):
                questions = [*earlier, event.answer.understood_as or event.answer.question]
                kept = remember(database, ongoing, questions, workspace_id=workspace_id)
                yield DoneEvent(answer=event.answer.model_copy(update={"conversation_id": kept}))
            else:
                yield event


async def _encoded(first: AnswerEvent, events: Iterator[AnswerEvent], ended: threading.Event) -> AsyncIterator[bytes]:
    try:
        yield event_stream.encode(first.type, first.model_dump_json().encode())
        async for event in iterate_in_threadpool(events):
            yield event_stream.encode(event.type, event.model_dump_json().encode())
    finally:
        ended.set()  # whoever asked may have gone: the model need not go on
