"""The chain of an audit log: each event's hash covers the event and the hash of the one before it.

An event that was changed, taken out or put in breaks the chain at its place. Who can write to the database could make
the whole chain anew, or drop its newest events: against that a head (the newest hash) is noted elsewhere and looked
for later.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An event as its hash covers it."""

    at: int
    """Microseconds since 1970, UTC."""
    actor: str
    action: str
    object_id: str
    details: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a look at a whole chain found."""

    events: int
    """That fit, from the first on."""
    head: str
    """Hash of the last event that fits; empty where there is none."""
    broken: bool
    """Whether the next one does not fit."""
    seen: bool
    """Whether the head that was looked for is among them; true where none was."""

    @property
    def holds(self) -> bool:
        """Whether nothing was changed."""
        return self.seen and not self.broken


def chain(previous: str, *, at: int, actor: str, action: str, object_id: str, details: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the JSON list `[previous, at, actor, action, object_id, details]`, keys sorted, no spaces."""
    content = orjson.dumps([previous, at, actor, action, object_id, dict(details)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def microseconds(seconds: float) -> int:
    """A time as the chain has it."""
    return round(seconds * 1_000_000)


def microseconds_of(moment: datetime) -> int:
    """The same for a time with its zone, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def verify(links: Iterable[Link], *, head: str | None = None) -> Verdict:
    """Follow a chain from its first event to its end, or to the first event that does not fit."""
    previous, count, seen = "", 0, head is None
    for link in links:
        expected = chain(
            previous,
            at=link.at,
            actor=link.actor,
            action=link.action,
            object_id=link.object_id,
            details=link.details,
        )
        if expected != link.hash:
            return Verdict(events=count, head=previous, broken=True, seen=seen)
        previous, count = link.hash, count + 1
        seen = seen or link.hash == head
    return Verdict(events=count, head=previous, broken=False, seen=seen)
