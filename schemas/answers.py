"""Questions over the corpus: search hits, answers and their citations."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from schemas.documents import Notice
from schemas.evidence import Evidence
from schemas.json_values import WHOLE, Flag


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filters(_Model):
    """Narrow a search; all given parts must hold."""

    collection: str | None = None
    document_ids: list[str] | None = None
    media_types: list[str] | None = None
    fields: dict[str, Any] | None = None
    """Extracted fields by JSON Pointer; equality."""
    where: str | None = None
    """A filter such as `fields./total > 1000 and uploaded >= 2024-01-01`; see the docs."""


class SearchRequest(_Model):
    """`POST /v1/search`."""

    query: str = Field(min_length=1, max_length=2_000)
    filters: Filters | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100), WHOLE] = 10


class AlsoIn(_Model):
    """A document that says the same as a passage, or nearly the same, and is not shown beside it."""

    document_id: str
    document_name: str
    chunk_ids: list[str]
    """At most 50."""
    exact: bool
    """Whether it says it word for word; nearly the same has the same figures, and nine tenths of the wording."""


class Hit(_Model):
    """A passage of a document that matches a query, neighbouring ones being one hit; or a page without text."""

    document_id: str
    document_name: str
    chunk_id: str
    """Of the chunk that matches best."""
    chunk_ids: list[str] = []
    """Of all chunks it is made of, in reading order."""
    text: str
    section: str | None
    score: float
    """The best chunk's."""
    evidence: list[Evidence]
    """Of all its text, the places of the best chunk first."""
    also_in: list[AlsoIn] = []
    """Documents that say the same, best match first; at most 50."""
    kind: Literal["passage", "page"] = "passage"
    """`page`: found by its picture, and without any text; `chunk_id` is then the page's id."""
    image: str | None = None
    """Where the picture of a `page` is; `None` of a passage."""


class SearchResponse(_Model):
    """Hits, best first."""

    items: list[Hit]
    warnings: list[Notice] = []
    """What went wrong and cost a better order only."""


NEW_CONVERSATION = "new"


class AnswerRequest(_Model):
    """`POST /v1/answers`."""

    question: str = Field(min_length=1, max_length=2_000)
    filters: Filters | None = None
    stream: Flag = False
    conversation_id: str | None = Field(default=None, max_length=60)
    """`new` begins a conversation; the answer's `conversation_id` goes on with it: follow-ups are understood."""


class Citation(_Model):
    """A passage the answer rests on; `evidence` places the cited sentence."""

    document_id: str
    document_name: str
    chunk_id: str
    """Of the chunk in which the quote begins."""
    chunk_ids: list[str] = []
    """Of all chunks that hold some of it, in reading order."""
    quote: str
    evidence: list[Evidence]
    also_in: list[AlsoIn] = []
    """Other documents that hold the quote word for word, as far as they were found; at most 50."""


class Answer(_Model):
    """An answer that rests on citations, or `answered: false` and a text that says so."""

    question: str
    answered: bool
    text: str
    """Quoted from the first citation; by a chat model in its own words, where `[n]` points at the n-th citation."""
    citations: list[Citation]
    conversation_id: str | None = None
    """With which to ask on; `None` where none was begun."""
    understood_as: str | None = None
    """A follow-up as it was searched for, with what it takes from the questions before it."""
    warnings: list[Notice] = []
    produced_by: dict[str, str] = {}


class RetrievedPassage(_Model):
    """A passage that was found for a question."""

    document_id: str
    document_name: str
    chunk_id: str
    chunk_ids: list[str] = []
    """Of all chunks it is made of, in reading order."""
    also_in: list[AlsoIn] = []
    """Documents that say the same, best match first; at most 50."""


class RetrievedEvent(_Model):
    """First event of a streamed answer: the passages that the answer may rest on.

    A second one stands for the first: documents were deleted or changed, and the answer begins anew.
    """

    type: Literal["retrieved"] = "retrieved"
    passages: list[RetrievedPassage]


class TokenEvent(_Model):
    """A piece of the answer's text; all pieces behind one another are the text, unless it was withheld in the end."""

    type: Literal["token"] = "token"
    text: str


class CitationEvent(_Model):
    """A citation; `number` counts from 1."""

    type: Literal["citation"] = "citation"
    number: int
    citation: Citation


class DoneEvent(_Model):
    """Last event of a streamed answer: all of it, which alone counts."""

    type: Literal["done"] = "done"
    answer: Answer


AnswerEvent = RetrievedEvent | TokenEvent | CitationEvent | DoneEvent
