"""The audit chain tells of every change to it, and of nothing else."""

import threading

from pipeline.access.audit_chain import verify
from pipeline.stores.records import audit
from pipeline.stores.records.audit import AuditEvent
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def events(database: Database, workspace_id: str = "ws_1") -> list[AuditEvent]:
    with database.read() as connection:
        return audit.list_events(connection, workspace_id)


def broken(found: list[AuditEvent]) -> int | None:
    """The number of the first event that does not fit."""
    verdict = verify(event.link() for event in found)
    return found[verdict.events].number if verdict.broken else None


def add(database: Database, object_id: str, workspace_id: str = "ws_1") -> None:
    with database.write() as connection:
        audit.add_event(connection, workspace_id=workspace_id, actor="key_1", action="x", object_id=object_id, n=1)


def test_a_changed_or_missing_event_breaks_the_chain_at_its_place(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        add_workspace(connection, "ws_2")
    for number in range(4):
        add(database, f"job_{number}")
        add(database, f"schema-{'y' * 100}", "ws_2")
    assert broken(events(database)) is None
    assert broken(events(database, "ws_2")) is None
    assert broken([]) is None
    first, second, third, _ = events(database)
    assert second.details == {"n": 1}
    table = audit.audit_events
    with database.write() as connection:
        connection.execute(table.update().where(table.c.number == third.number).values(details={"n": 2}))
    assert broken(events(database)) == third.number
    with database.write() as connection:
        connection.execute(table.update().where(table.c.number == third.number).values(details={"n": 1}))
    assert broken(events(database)) is None
    with database.write() as connection:
        later = table.c.created_at + 0.001
        connection.execute(table.update().where(table.c.number == third.number).values(created_at=later))
    assert broken(events(database)) == third.number, "the time belongs to the event"
    with database.write() as connection:
        connection.execute(table.delete().where(table.c.number == first.number))
    assert broken(events(database)) == second.number
    assert broken(events(database, "ws_2")) is None


def test_events_at_the_same_time_do_not_fork_the_chain(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
    threads = [threading.Thread(target=lambda t=t: [add(database, f"job_{t}_{n}") for n in range(5)]) for t in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = events(database)
    assert len(found) == 30
    assert broken(found) is None
