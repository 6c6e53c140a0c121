"""Who is told of an event: the upload's own URL, and every endpoint that wants it."""

import json
from pathlib import Path

import pytest

from pipeline.delivery.endpoints import create_endpoint, switch_endpoint
from pipeline.jobs.events import emit
from pipeline.services import Services
from pipeline.stores.records import deliveries, outbox
from pipeline.stores.records.database import Database
from schemas.webhooks import EventType
from tests.support.rows import add_document
from tests.support.services import WORKSPACE, make_services

HOOK = "https://93.184.216.34/"


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    made = make_services(database, tmp_path, http={"public_url": "https://sheaf.example/"})
    with database.write() as connection:
        add_document(connection)
    return made


def endpoint(services: Services, name: str, *events: EventType) -> str:
    made = create_endpoint(services, HOOK + name, list(events), workspace_id=WORKSPACE, actor="test")
    return made.record.id


def told(services: Services, event: EventType = "job.succeeded", webhook_url: str | None = None) -> list[str]:
    """The last part of each URL that is told."""
    with services.database.write() as connection:
        before = {each.id for each in deliveries.list_deliveries(connection, WORKSPACE)}
        count = emit(
            connection,
            services.settings,
            event,
            event_id="evt_1",
            workspace_id=WORKSPACE,
            status="succeeded",
            now=1_700_000_000.0,
            job_id="job_1",
            document_id="doc_1",
            metadata={"order": "ü-7"},
            webhook_url=webhook_url,
        )
        found = [each for each in deliveries.list_deliveries(connection, WORKSPACE) if each.id not in before]
        rung = outbox.due_queues(connection)
    assert len(found) == count
    assert ("deliver" in rung) is bool(before or found)
    return sorted(delivery.url.removeprefix(HOOK) for delivery in found)


def test_nobody_wants_to_know(services: Services) -> None:
    assert told(services) == []


def test_the_url_of_the_upload_is_told_without_any_endpoint(services: Services) -> None:
    assert told(services, webhook_url=HOOK + "own") == ["own"]


def test_endpoints_are_told_what_they_asked_for_and_those_that_asked_for_nothing_all(services: Services) -> None:
    endpoint(services, "all")
    endpoint(services, "failures", "job.failed", "job.partial")
    endpoint(services, "successes", "job.succeeded")
    assert told(services, webhook_url=HOOK + "own") == ["all", "own", "successes"]


def test_an_endpoint_that_is_switched_off_is_not_told(services: Services) -> None:
    off = endpoint(services, "off")
    endpoint(services, "on")
    switch_endpoint(services, off, enabled=False, workspace_id=WORKSPACE, actor="test")
    assert told(services) == ["on"]


def test_all_are_told_the_same_under_the_same_id(services: Services) -> None:
    endpoint(services, "a")
    assert told(services, webhook_url=HOOK + "b") == ["a", "b"]
    with services.database.read() as connection:
        found = deliveries.list_deliveries(connection, WORKSPACE, status=None, after=None, limit=50)
    assert {delivery.event_id for delivery in found} == {"evt_1"}
    [body] = {bytes(delivery.body) for delivery in found}
    said = json.loads(body)
    assert said["type"] == "job.succeeded"
    assert said["timestamp"] == "2023-11-14T22:13:20Z"
    assert said["data"]["metadata"] == {"order": "ü-7"}
    assert said["data"]["result_url"] == "https://sheaf.example/v1/jobs/job_1/result"


def test_events_of_one_document_are_counted_upwards_and_those_of_a_batch_are_not(services: Services) -> None:
    endpoint(services, "all")
    told(services)
    told(services, "job.partial")
    told(services, "document.deleted")
    with services.database.read() as connection:
        sent = sorted(deliveries.list_deliveries(connection, WORKSPACE), key=lambda each: each.created_at)
    assert [json.loads(each.body)["data"]["sequence"] for each in sent] == [1, 2, 3]


def test_uploads_to_one_host_are_one_receiver_and_those_of_others_are_not(services: Services) -> None:
    for url in ("https://93.184.216.34/a?1", "https://93.184.216.34/b", "https://93.184.216.34:8443/a"):
        told(services, webhook_url=url)
    with services.database.read() as connection:
        found = {each.url: each.receiver for each in deliveries.list_deliveries(connection, WORKSPACE)}
    assert len(found) == 3
    assert len(set(found.values())) == 2
