"""Conversations: the questions asked so far, so that a follow-up can be understood. Answers are not kept."""

from dataclasses import dataclass

from sqlalchemy import JSON, Column, Connection, Float, Index, String, Table, delete, insert, select, update

from pipeline.errors import Unauthenticated
from pipeline.stores.records.tables import metadata, new_id, now, record
from pipeline.stores.records.workspaces import hold_workspace

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("questions", JSON, nullable=False),
    Column("updated_at", Float, nullable=False),
    Index(None, "updated_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationRecord:
    """Questions as they were understood, oldest first."""

    id: str
    workspace_id: str
    questions: list[str]
    updated_at: float


def begin_conversation(connection: Connection, workspace_id: str, question: str) -> str:
    """A new conversation that begins with a question; its id.

    Raises:
        Unauthenticated: the workspace was deleted meanwhile.
    """
    if not hold_workspace(connection, workspace_id):
        raise Unauthenticated("the workspace was deleted")
    made = new_id("conv")
    values = {"id": made, "workspace_id": workspace_id, "questions": [question], "updated_at": now()}
    connection.execute(insert(conversations).values(values))
    return made


def find_conversation(connection: Connection, workspace_id: str, conversation_id: str) -> ConversationRecord | None:
    """A conversation of the workspace."""
    query = select(conversations).where(
        conversations.c.id == conversation_id, conversations.c.workspace_id == workspace_id
    )
    row = connection.execute(query).mappings().first()
    return record(ConversationRecord, row) if row else None


def go_on(connection: Connection, conversation_id: str, questions: list[str]) -> None:
    """The conversation's questions are these now."""
    where = conversations.c.id == conversation_id
    connection.execute(update(conversations).where(where).values(questions=questions, updated_at=now()))


def expire_conversations(connection: Connection, *, older_than_seconds: float) -> int:
    """Forget those that nobody has gone on with; how many."""
    old = conversations.c.updated_at < now() - older_than_seconds
    return connection.execute(delete(conversations).where(old)).rowcount
