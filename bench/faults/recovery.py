"""When the harm of a fault is over: what its victim held is taken up, an upload was accepted, and a job ended."""

import threading
from dataclasses import dataclass, field

import psycopg

from bench.faults.history import Accepted, Fault, History, Recovered, clock

LOOK_SECONDS = 0.2

_HELD = "SELECT id, attempt FROM stages WHERE status = 'running' AND worker = ANY(%s)"
_STILL = """
SELECT count(*) FROM stages s JOIN unnest(%s::text[], %s::int[]) AS held(id, attempt)
ON s.id = held.id AND s.attempt = held.attempt WHERE s.status = 'running'
"""
_LAST_END = "SELECT coalesce(max(finished_at), 0) FROM jobs"


@dataclass(slots=True)
class _Watched:
    fault: Fault
    victims: list[str]
    over_at: float
    """When what was broken was whole again: an upload and an end of a job must come after it."""
    held: dict[str, int] | None = None
    """Stage → attempt of those that the victims held; `None` while nobody has looked."""


@dataclass(slots=True)
class RecoveryWatch:
    """Looks into the database, by its own connection, until every fault that it was told of has been recovered from."""

    url: str
    history: History
    _open: list[_Watched] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def watch(self, fault: Fault, victims: list[str]) -> None:
        """A fault's harm has been done; `victims` are the names of the workers whose claims it hit."""
        with self._lock:
            self._open.append(_Watched(fault, victims, clock()))

    @property
    def open(self) -> int:
        """How many faults are not recovered from."""
        return len(self._open)

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=2) as connection:
                    while not self._ended.wait(LOOK_SECONDS):
                        self._look(connection)
            except psycopg.Error:
                continue  # it is being restarted

    def _look(self, connection: psycopg.Connection) -> None:
        with self._lock:
            watched = list(self._open)
        if not watched:
            return
        row = connection.execute(_LAST_END).fetchone()
        assert row is not None, "an aggregate is always given"
        accepted = max((event.at for event in self.history.events() if isinstance(event, Accepted)), default=0.0)
        for each in watched:
            if each.held is None:
                each.held = dict(connection.execute(_HELD, [each.victims]).fetchall())
            moves = min(accepted, float(row[0])) > each.over_at
            if moves and not self._still_held(connection, each.held):
                self.history.note(Recovered(number=each.fault.number, at=clock()))
                with self._lock:
                    self._open.remove(each)

    def _still_held(self, connection: psycopg.Connection, held: dict[str, int]) -> bool:
        if not held:
            return False
        row = connection.execute(_STILL, [list(held), list(held.values())]).fetchone()
        assert row is not None, "a count is always given"
        return bool(row[0])
