"""Builds the thin event that a webhook carries: ids, status and a URL, never content of the document."""

from datetime import UTC, datetime
from typing import Any

from pydantic_core import PydanticSerializationError

from schemas.webhooks import Event, EventData, EventType

MAX_BYTES = 20_000
"""The size that the Standard Webhooks specification asks to stay below."""

TOO_LARGE = "metadata left out: the event would not be smaller than 20 kB"
NOT_TEXT = "metadata left out: it holds text that is not Unicode"


def build_event(
    event_type: EventType,
    *,
    timestamp: datetime,
    status: str,
    sequence: int,
    job_id: str | None = None,
    document_id: str | None = None,
    batch_id: str | None = None,
    metadata: dict[str, Any] | None = None,
    result_url: str | None = None,
    metadata_url: str | None = None,
) -> bytes:
    """The exact bytes to store, sign and send: JSON in UTF-8, below 20 kB.

    `timestamp` is aware; it is written in UTC. Metadata that does not fit is left out, `data.note` says so, and
    `data.metadata_url` is where it can be fetched.
    """
    data = EventData(
        job_id=job_id,
        document_id=document_id,
        batch_id=batch_id,
        status=status,
        sequence=sequence,
        metadata=metadata or {},
        result_url=result_url,
    )
    event = Event(type=event_type, timestamp=_utc(timestamp), data=data)
    try:
        body = _bytes(event)
    except PydanticSerializationError:
        # A lone surrogate gets through most JSON parsers; it must not keep a job from ending.
        return _bytes(_without_metadata(event, NOT_TEXT))
    return body if len(body) < MAX_BYTES else _bytes(_without_metadata(event, TOO_LARGE, metadata_url))


def _without_metadata(event: Event, note: str, url: str | None = None) -> Event:
    changes: dict[str, Any] = {"metadata": {}, "note": note, "metadata_url": url}
    return event.model_copy(update={"data": event.data.model_copy(update=changes)})


def _utc(timestamp: datetime) -> datetime:
    if timestamp.tzinfo is None:
        raise ValueError("the timestamp of an event must be aware")
    return timestamp.astimezone(UTC)


def _bytes(event: Event) -> bytes:
    absent = {name for name in ("batch_id", "note", "metadata_url") if getattr(event.data, name) is None}
    return event.model_dump_json(exclude={"data": absent}).encode()
