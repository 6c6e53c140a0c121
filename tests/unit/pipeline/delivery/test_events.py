"""The bytes of a webhook."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipeline.delivery.events import MAX_BYTES, build_event
from schemas.webhooks import Event

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def build(**changes):
    arguments = {
        "timestamp": WHEN,
        "status": "succeeded",
        "sequence": 3,
        "job_id": "job_1",
        "document_id": "doc_1",
        "metadata": {"order": 17},
        "result_url": "http://127.0.0.1:8080/v1/jobs/job_1/result",
    }
    return build_event("job.succeeded", **(arguments | changes))


def test_an_event_has_the_members_of_the_public_contract_and_no_others():
    assert json.loads(build()) == {
        "type": "job.succeeded",
        "timestamp": "2026-03-04T05:06:07Z",
        "data": {
            "job_id": "job_1",
            "document_id": "doc_1",
            "status": "succeeded",
            "sequence": 3,
            "metadata": {"order": 17},
            "result_url": "http://127.0.0.1:8080/v1/jobs/job_1/result",
        },
    }


def test_the_time_is_written_in_utc_whatever_zone_it_came_in():
    elsewhere = WHEN.astimezone(timezone(timedelta(hours=9)))
    assert build(timestamp=elsewhere) == build()


def test_a_time_without_a_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="aware"):
        build(timestamp=WHEN.replace(tzinfo=None))


def test_the_end_of_a_batch_names_the_batch():
    body = build_event("batch.finished", timestamp=WHEN, status="succeeded", sequence=1, batch_id="bat_1")
    data = json.loads(body)["data"]
    assert (data["batch_id"], data["job_id"], data["result_url"]) == ("bat_1", None, None)


@pytest.mark.parametrize("character", ["x", "ß", "東", "\x00"])
def test_metadata_that_makes_the_event_too_large_is_left_out_with_a_note(character):
    body = build(metadata={"blob": character * MAX_BYTES})
    data = json.loads(body)["data"]
    assert len(body) < MAX_BYTES
    assert data["metadata"] == {}
    assert "20 kB" in data["note"]


def test_the_largest_metadata_that_fits_is_kept():
    room = MAX_BYTES - 1 - len(build(metadata={"blob": ""}))
    assert len(build(metadata={"blob": "x" * room})) == MAX_BYTES - 1
    assert "note" in json.loads(build(metadata={"blob": "x" * (room + 1)}))["data"]


def test_metadata_that_is_no_unicode_does_not_keep_the_event_from_being_built():
    data = json.loads(build(metadata={"bad": "\ud800"}))["data"]
    assert data["metadata"] == {}
    assert "Unicode" in data["note"]


def test_the_published_model_reads_what_is_sent():
    assert Event.model_validate_json(build()).data.sequence == 3
