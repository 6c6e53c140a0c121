"""Questions within a conversation, remembered here or brought along by the client."""

from collections.abc import Callable, Iterator, Sequence

from pipeline.answering.ask import ask
from pipeline.answering.followups import standalone
from pipeline.answering.retrieval import Corpus
from pipeline.errors import NotFound
from pipeline.models.chat import ChatModel
from pipeline.stores.records import conversations
from pipeline.stores.records.database import Database
from schemas.answers import NEW_CONVERSATION, AnswerEvent, AnswerRequest, DoneEvent

MOST_QUESTIONS = 20
"""Of a conversation; older ones are forgotten."""
KEPT_SECONDS = 30 * 86_400.0
"""How long a conversation is remembered that nobody goes on with."""


def converse(
    request: AnswerRequest,
    *,
    workspace_id: str,
    corpus: Corpus,
    chat: ChatModel | None,
    earlier: Sequence[str] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[AnswerEvent]:
    """Events as `ask` gives them, of the question as it is understood after the earlier ones (oldest first).

    Raises:
        ModelError, VectorsUnavailable, JobCancelled: as `ask` does.
    """
    understood = standalone(request.question, earlier, chat, stopped)
    alone = request.model_copy(update={"question": understood})
    for event in ask(alone, workspace_id=workspace_id, corpus=corpus, chat=chat, stopped=stopped):
        if isinstance(event, DoneEvent) and understood != request.question:
            changes = {"question": request.question, "understood_as": understood}
            yield DoneEvent(answer=event.answer.model_copy(update=changes))
        else:
            yield event


def recall(database: Database, conversation_id: str | None, *, workspace_id: str) -> list[str]:
    """The conversation's questions so far, oldest first; none where it is new or there is none.

    Raises:
        NotFound: there is no such conversation, or it was forgotten.
    """
    if conversation_id in (None, NEW_CONVERSATION):
        return []
    assert conversation_id is not None
    with database.read() as connection:
        found = conversations.find_conversation(connection, workspace_id, conversation_id)
    if found is None:
        raise NotFound("there is no such conversation; those that nobody goes on with are forgotten")
    return found.questions


def remember(
    database: Database, conversation_id: str | None, questions: Sequence[str], *, workspace_id: str
) -> str | None:
    """Note all of a conversation's questions; its id, which a new one gets here."""
    if conversation_id is None:
        return None
    with database.write() as connection:
        if conversation_id == NEW_CONVERSATION:
            return conversations.begin_conversation(connection, workspace_id, questions[-1])
        conversations.go_on(connection, conversation_id, list(questions[-MOST_QUESTIONS:]))
    return conversation_id
