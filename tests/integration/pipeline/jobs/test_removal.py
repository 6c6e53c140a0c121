"""A closed workspace goes as a whole, whatever is under way meanwhile."""

import math
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.access.authentication import authenticate
from pipeline.access.issuing import issue_key
from pipeline.access.operating import Operator
from pipeline.errors import ConflictError, InvalidRequest, NotFound, Unauthenticated, VectorsUnavailable
from pipeline.jobs import accept as accepting
from pipeline.jobs.accept import accept
from pipeline.jobs.claims import claim
from pipeline.jobs.leases import Lease
from pipeline.jobs.options import JobOptions
from pipeline.jobs.removal import remove_closed
from pipeline.jobs.run import run_stage
from pipeline.jobs.settle import INLINE_BYTES
from pipeline.stores.records import (
    audit,
    conversations,
    generations,
    request_buckets,
    usage,
    usage_totals,
    workspaces,
)
from pipeline.stores.records.tables import metadata
from pipeline.stores.records.usage import UsageRow
from tests.support.rows import add_workspace
from tests.support.services import Scripted, handlers, make_services, text_upload, work_all

WS = "ws_gone"


@pytest.fixture
def services(database, tmp_path: Path):
    """The workspace `default`, and another one."""
    made = make_services(database, tmp_path)
    with database.write() as connection:
        add_workspace(connection, WS)
    yield made
    made.vectors.close()


@pytest.fixture
def operator(services):
    return Operator(services.database, services.secrets, services.settings.limits)


def send(services, content=b"some words", workspace_id=WS, **options):
    options = JobOptions(**options)
    return accept(services, text_upload(content), options, workspace_id=workspace_id, actor="test")


def close(services):
    return Operator(services.database, services.secrets, services.settings.limits).delete(WS, by="test")


def remove(services):
    return remove_closed(services, until=math.inf)


def tables(services):
    """Tables with a row that names the workspace."""
    with services.database.read() as connection:
        rows = ((table.name, row) for table in metadata.sorted_tables for row in connection.execute(select(table)))
        return {name for name, row in rows if WS in repr(tuple(row))}


def blobs(services):
    return [path for path in (services.settings.data_dir / "blobs" / WS).rglob("*") if path.is_file()]


def test_what_cannot_be_deleted_is_said_why(database, tmp_path, operator, services):
    for name, error, why in (
        ("nobody", NotFound, "there is no workspace 'nobody'"),
        ("default", InvalidRequest, "watched folders"),
    ):
        with pytest.raises(error, match=why):
            operator.delete(name, by="test")
    with services.database.write() as connection:
        connection.execute(
            workspaces.workspaces.update().where(workspaces.workspaces.c.name == "default").values(name="first")
        )
    assert operator.delete(WS, by="test").id == WS
    with pytest.raises(ConflictError, match="only workspace"):
        operator.delete("first", by="test")
    assert operator.delete(WS, by="test").closed, "again does no harm"
    with services.database.read() as connection:
        events = [event.action for event in audit.list_events(connection, WS)]
    assert events == ["workspace.deleted"]


def test_what_was_let_in_before_changes_nothing_any_more(services, database):
    """Its key was looked at before the workspace was closed."""
    key = issue_key(database, workspace_id=WS, name="a", scopes=["admin"], expires_in=None, actor="test")
    close(services)
    with pytest.raises(Unauthenticated):
        authenticate(database, key.text)
    with pytest.raises(Unauthenticated):
        issue_key(database, workspace_id=WS, name="b", scopes=["admin"], expires_in=None, actor="test")
    with pytest.raises(Unauthenticated):
        send(services)
    assert not remove(services)
    for late in (lambda: send(services), lambda: begin(database), lambda: take(database)):
        with pytest.raises(Unauthenticated):
            late()
    assert tables(services) == {"audit_events"}
    assert blobs(services) == []


def begin(database):
    with database.write() as connection:
        conversations.begin_conversation(connection, WS, "What?")


def take(database):
    with database.write() as connection:
        request_buckets.take(connection, WS, per_minute=9, at_most=1)


def test_an_upload_that_ends_when_all_is_gone_leaves_no_file(services, monkeypatch):
    """Its bytes came slowly."""
    usual = accepting._store_document

    def meanwhile(*arguments):
        thread = threading.Thread(target=lambda: (close(services), remove(services)))
        if not services.database.sqlite:  # which has one writer: us, by now
            thread.start()
            thread.join()
        return usual(*arguments)

    if services.database.sqlite:
        close(services)
        remove(services)
    monkeypatch.setattr(accepting, "_store_document", meanwhile)
    with pytest.raises(Unauthenticated):
        send(services)
    assert tables(services) == {"audit_events"}
    assert blobs(services) == []


def test_a_worker_that_comes_late_leaves_nothing(services):
    send(services)
    claimed = claim(services, "read", "test")

    def during(work):
        close(services)
        remove(services)
        work.ledger  # noqa: B018 - it is asked for as a handler would

    late = Scripted([b"x" * (INLINE_BYTES + 1)], during=during)
    run_stage(services, claimed, Lease(claimed.stage), handlers(read=late))
    assert late.calls == 1
    assert tables(services) == {"audit_events"}
    assert blobs(services) == []


def test_a_store_that_is_away_is_waited_for(services, operator, monkeypatch):
    send(services)
    send(services, b"other words")
    close(services)

    def away(**_):
        raise VectorsUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(services.vectors, "delete_document", away)
        assert not remove(services)
    assert operator.left(WS) == 2
    with pytest.raises(NotFound):
        operator.receipt(WS)
    remove(services)
    assert operator.left(WS) is None
    assert operator.receipt(WS)["documents"] == 2


def test_a_document_that_an_index_is_being_filled_with_is_waited_for(services, operator):
    document_id = send(services).document_id
    form = dict.fromkeys(generations.FORM, 1) | {"embedder": "letters", "pages": ""}
    with services.database.write() as connection:
        generations.add_generation(connection, 7, form, place="a", status="building")
        generations.set_writing(connection, 7, document_id)
    close(services)
    remove(services)
    assert operator.left(WS) == 0
    with services.database.write() as connection:
        generations.set_writing(connection, 7, None)
    remove(services)
    assert operator.left(WS) is None


def test_a_row_that_comes_when_all_others_are_gone_is_not_left_behind(services, monkeypatch):
    """An answer that was under way begins a conversation, whose row refers to nothing."""
    close(services)
    usual = services.vectors.count

    def meanwhile(**asked):
        begin(services.database)
        return usual(**asked)

    with monkeypatch.context() as patched:
        patched.setattr(services.vectors, "count", meanwhile)
        remove(services)
    assert {"workspaces", "conversations"} <= tables(services)
    remove(services)
    assert tables(services) == {"audit_events"}


def test_sweepers_at_once_remove_it_once(services, operator):
    for number in range(6):
        send(services, str(number).encode())
    close(services)
    threads = [threading.Thread(target=remove, args=[services]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    remove(services)
    assert operator.receipt(WS)["documents"] == 6
    with services.database.read() as connection:
        ends = [event for event in audit.list_events(connection, WS) if event.action == "workspace.removed"]
    assert len(ends) == 1


def test_what_it_spent_stays_in_the_sums_and_what_others_spend_afterwards_is_added(services):
    """SQLite gives the numbers of rows that are gone out again."""

    def note(workspace_id):
        with services.database.write() as connection:
            usage.add_usage(connection, workspace_id, [UsageRow(work="extract", model="llama", calls=1)])

    def calls():
        with services.database.read() as connection:
            return sum(each.calls for each in usage_totals.usage_in_all(connection))

    note("ws_1")
    for _ in range(3):
        note(WS)
    close(services)
    remove(services)
    assert (calls(), tables(services)) == (4, {"audit_events"})
    for expected in (5, 6, 7, 8):
        note("ws_1")
        assert calls() == expected


def test_what_others_have_stays(services):
    ours = send(services, workspace_id="ws_1")
    work_all(services, handlers())
    close(services)
    remove(services)
    with services.database.read() as connection:
        assert [one.id for one in workspaces.list_workspaces(connection)] == ["ws_1"]
    assert (services.settings.data_dir / "blobs" / "ws_1" / ours.document_id).exists()
