"""The route that answers questions from the corpus."""

from collections.abc import AsyncIterator

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from api.http import event_stream
from api.http.access import Reader
from api.http.routing import make_router
from api.http.search import CorpusHere
from pipeline.answering.answer import answer, answer_events
from schemas.answers import Answer, AnswerRequest

router = make_router("answers")

EVENTS = "The answer; with `stream: true` the events `retrieved`, `token`, `citation` and `done`."


@router.post(
    "/answers",
    response_class=Response,
    responses={200: {"model": Answer, "description": EVENTS, "content": {event_stream.MEDIA_TYPE: {}}}},
)
async def answer_question(wanted: AnswerRequest, caller: Reader, corpus: CorpusHere) -> Response:
    """An answer quoted from your documents, with its citations, or `answered: false` where nothing supports one."""
    found = await run_in_threadpool(answer, wanted, workspace_id=caller.workspace_id, corpus=corpus)
    if wanted.stream:
        return event_stream.stream(_events(found))
    return Response(found.model_dump_json().encode(), media_type="application/json")


async def _events(found: Answer) -> AsyncIterator[bytes]:
    for event in answer_events(found):
        yield event_stream.encode(event.type, event.model_dump_json().encode())
