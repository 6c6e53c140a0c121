"""What happened in a run, as it was seen from outside: what was accepted, every result and webhook, every fault.

Times are seconds since 1970 by the clock of the machine, which is also the database's.
"""

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A 202: what was sent under `key` is job `job_id` from now on."""

    key: str
    job_id: str
    document_id: str
    sha256: str
    marker: str
    """What stands in this document and in no other."""
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A result that REST answered with; `marker` is what it says the document holds."""

    job_id: str
    status: str
    marker: str | None
    digest: str
    """SHA-256 of the answer's body."""
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """A delivery that came in."""

    job_id: str
    webhook_id: str
    type: str
    sequence: int
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something was broken. `number` counts from 1."""

    number: int
    kind: str
    target: str
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    """What the fault's victim held was taken up, and uploads were accepted and jobs ended again."""

    number: int
    at: float


Event = Accepted | Result | Webhook | Fault | Recovered


class History:
    """Events in the order in which they were noted; may be written to from any thread."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: list[Event] = list(events)
        self._lock = threading.Lock()

    def note(self, event: Event) -> None:
        """Add one."""
        with self._lock:
            self._events.append(event)

    def events(self) -> list[Event]:
        """All so far."""
        with self._lock:
            return list(self._events)

    def save(self, path: Path) -> None:
        """One JSON object a line, each with its kind in `event`."""
        lines = (json.dumps({"event": type(event).__name__} | asdict(event)) for event in self.events())
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def clock() -> float:
    """Now, as history writes it."""
    return time.time()
