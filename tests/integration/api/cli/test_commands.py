"""The data commands against a stand-in of the service: what they ask for, and what they print."""

import json
import time

import pytest

from api import client
from schemas.jobs import DeletionReceipt, DocumentView, JobView, Result
from schemas.usage import UsageReport
from tests.support.stand_in import problem

STAGE = {"name": "read", "attempt": 1, "started_at": None, "finished_at": None}
JOB = {
    "id": "job_1",
    "document_id": "doc_1",
    "document_name": "letter.pdf",
    "status": "running",
    "schema": "invoice@1",
    "tasks": ["extract"],
    "progress": 0.5,
    "queue_position": None,
    "stages": [
        {**STAGE, "status": "running", "progress": 0.25, "problem": None},
        {
            **STAGE,
            "name": "extract",
            "status": "failed",
            "progress": None,
            "problem": {"type": "urn:sheaf:problem:x", "title": "T", "detail": "the third page is torn"},
        },
    ],
    "created_at": "2026-01-02T03:04:05Z",
    "finished_at": None,
    "problem": None,
}
EVIDENCE = {"kind": "page", "page": 2, "boxes": [[0, 0, 1, 1]], "quote": "EUR 1,234.50"}
RESULT = {
    "job_id": "job_1",
    "document": {"id": "doc_1", "name": "invoice.pdf", "media_type": "application/pdf", "sha256": "0", "pages": 2},
    "status": "partial",
    "schema": {"name": "invoice", "version": 1},
    "data": {"total": 1234.5},
    "fields": {
        "/total": {"value": 1234.5, "confidence": 0.9, "grounded": True, "needs_review": False, "evidence": [EVIDENCE]},
        "/buyer": {"value": "\x1b[2J", "confidence": 0.2, "grounded": False, "needs_review": True, "evidence": []},
    },
    "summary": {"text": "An invoice.", "points": [], "evidence": []},
    "completeness": {"complete": False, "pages_read": 1, "pages_total": 2, "pages_failed": [1]},
    "usage": {},
    "produced_by": {},
    "warnings": [{"code": "x", "message": "page 1 is torn"}],
}
NOT_READY = problem(409, "result-not-ready", "The job has not ended yet.")


def test_the_canned_answers_are_of_the_public_models():
    JobView.model_validate(JOB)
    Result.model_validate(RESULT)


def test_status_lists_the_newest_jobs(service, sheaf):
    service.answers["GET /v1/jobs"] = (200, {"items": [JOB], "next_cursor": "more"})
    out = sheaf("status", "--status", "running", "--limit", "5").stdout
    assert service.asked[0].path == "/v1/jobs?status=running&limit=5"
    assert "job_1  running  50%" in out
    assert "letter.pdf" in out
    assert "2026-01-02 03:04" in out
    assert "there are older ones: --limit" in out
    gone = {**JOB, "document_name": None}
    service.answers["GET /v1/jobs"] = (200, {"items": [gone], "next_cursor": None})
    assert "doc_1" in sheaf("status").stdout


def test_status_of_one_job_shows_its_stages(service, sheaf):
    service.answers["GET /v1/jobs/job_1"] = (200, {**JOB, "status": "queued", "queue_position": 3})
    out = sheaf("status", "job_1").stdout
    assert "job_1: queued, 50% done, 3 before it" in out
    assert "document doc_1: letter.pdf" in out
    assert "the third page is torn" in out


def test_a_result_shows_values_places_summary_and_what_is_missing(service, sheaf):
    service.answers["GET /v1/jobs/job_1/result"] = (200, json.dumps(RESULT).replace("1234.5", "1234.50").encode())
    result = sheaf("result", "job_1")
    assert result.exit_code == 0
    for said in (
        "invoice.pdf: partial (pages not read: 1)",
        "1234.50",
        "90%",
        "page 2",
        "An invoice.",
        "page 1 is torn",
    ):
        assert said in result.stdout
    assert "not found in the document" in result.stdout
    assert ("20%, to review" in result.stdout, "90%, to review" in result.stdout) == (True, False)
    assert "\x1b[2J" not in result.stdout


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_failed_job_is_exit_status_1(service, sheaf, status):
    failed = {**RESULT, "status": status, "problem": {"type": "x", "title": "The document has no pages."}}
    service.answers["GET /v1/jobs/job_1/result"] = (200, failed)
    result = sheaf("result", "job_1")
    assert result.exit_code == 1
    assert "The document has no pages." in result.stdout


def test_a_job_is_tried_again_with_a_password_that_is_typed(service, sheaf, monkeypatch):
    service.answers["POST /v1/jobs/job_1/retry"] = (202, JOB)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "sesame")
    assert "job_1: running" in sheaf("retry", "job_1", "--password").stdout
    assert service.asked[0].json == {"password": "sesame"}
    sheaf("retry", "job_1")
    assert service.asked[1].body == b""


def test_a_stored_document_is_worked_on_again_with_another_schema(service, sheaf, tmp_path):
    service.answers["POST /v1/jobs"] = (202, JOB)
    service.answers["GET /v1/jobs/job_1/result"] = [NOT_READY, (200, RESULT)]
    assert "job_1: running" in sheaf("extract", "doc_1", "--schema", "receipt@1").stdout
    assert service.asked[-1].json == {"document_id": "doc_1", "schema": "receipt@1"}
    mine = tmp_path / "mine.json"
    mine.write_text('{"type": "object", "maximum": 1.50}')
    assert "An invoice." in sheaf("extract", "doc_1", "--schema", mine, "--wait").stdout
    (asked,) = [each for each in service.asked if b"maximum" in each.body]
    assert b'{"type":"object","maximum":1.50}' in asked.body, "the file's schema itself, with its digits"


def test_a_job_is_cancelled(service, sheaf):
    service.answers["POST /v1/jobs/job_1/cancel"] = (202, {**JOB, "status": "cancelled"})
    assert "job_1: cancelled" in sheaf("cancel", "job_1").stdout
    service.answers["POST /v1/jobs/job_1/cancel"] = problem(409, "not-cancellable", "The job has already ended.")
    refused = sheaf("cancel", "job_1")
    assert (refused.exit_code, "already ended" in refused.stderr) == (2, True)


DOCUMENT = {
    "id": "doc_1",
    "name": "letter.pdf",
    "media_type": "application/pdf",
    "size": 10,
    "sha256": "0" * 64,
    "collection": "letters",
    "metadata": {},
    "pages": 1,
    "seconds": None,
    "created_at": "2026-01-02T03:04:05Z",
}
RECEIPT = {"document_id": "doc_1", "blobs": 3, "chunks": 7, "vectors": 7, "deleted_at": "2026-01-02T03:04:05Z"}


def test_documents_are_listed_and_deleted(service, sheaf):
    DocumentView.model_validate(DOCUMENT)
    DeletionReceipt.model_validate(RECEIPT)
    service.answers["GET /v1/documents"] = (200, {"items": [DOCUMENT], "next_cursor": None})
    out = sheaf("documents", "--limit", "5").stdout
    assert service.asked[0].path == "/v1/documents?limit=5"
    assert all(said in out for said in ("doc_1", "letter.pdf", "letters", "2026-01-02 03:04"))
    assert "older" not in out
    service.answers["DELETE /v1/documents/doc_1"] = (200, RECEIPT)
    assert sheaf("delete", "doc_1").stdout == "doc_1: deleted (3 files, 7 passages)\n"
    service.answers["DELETE /v1/documents/doc_1"] = problem(404, "not-found", "There is no such thing.")
    assert sheaf("delete", "doc_1").exit_code == 2


def test_a_result_that_is_not_there_is_refused_unless_it_is_waited_for(service, sheaf, monkeypatch):
    monkeypatch.setattr(client, "ASK_SECONDS", 0.01)
    service.answers["GET /v1/jobs/job_1/result"] = [NOT_READY, NOT_READY, NOT_READY, (200, RESULT)]
    assert sheaf("result", "job_1").exit_code == 2
    assert sheaf("result", "job_1", "--wait").exit_code == 0
    assert [asked.path.partition("?")[2] for asked in service.asked] == ["", "wait=30", "wait=30", "wait=30"]


def test_waiting_ends_with_its_time(service, sheaf):
    service.answers["GET /v1/jobs/job_1/result"] = NOT_READY
    result = sheaf("result", "job_1", "--wait", "--timeout", "0.2")
    assert result.exit_code == 2
    assert "not ended" in result.stderr


@pytest.mark.parametrize("timeout", [0.9, 2.5])
def test_a_service_that_does_not_wait_is_not_asked_without_pause(service, sheaf, timeout):
    service.answers["GET /v1/jobs/job_1/result"] = NOT_READY
    began = time.monotonic()
    assert sheaf("result", "job_1", "--wait", "--timeout", timeout).exit_code == 2
    assert timeout <= time.monotonic() - began < timeout + 30
    assert len(service.asked) <= timeout + 2


CITATION = {
    "document_id": "doc_1",
    "document_name": "contract.pdf",
    "chunk_id": "c",
    "quote": "30 days",
    "evidence": [EVIDENCE],
}


def test_ask_prints_the_answer_and_what_it_rests_on(service, sheaf):
    answer = {"question": "q", "answered": True, "text": "Thirty days.", "citations": [CITATION], "warnings": []}
    service.answers["POST /v1/answers"] = (200, answer)
    out = sheaf("ask", "How long?", "--collection", "legal", "--document", "doc_1", "--document", "doc_2").stdout
    assert out == "Thirty days.\n[1] contract.pdf, page 2: 30 days\n"
    filters = {"collection": "legal", "document_ids": ["doc_1", "doc_2"]}
    assert service.asked[0].json == {"question": "How long?", "filters": filters}


def test_a_question_without_an_answer_is_no_error(service, sheaf):
    answer = {"question": "q", "answered": False, "text": "Not in your documents.", "citations": []}
    answer["warnings"] = [{"code": "index-incomplete", "message": "not all documents were looked at"}]
    service.answers["POST /v1/answers"] = (200, answer)
    result = sheaf("ask", "Who?")
    assert (result.exit_code, result.stdout) == (
        0,
        "Not in your documents.\nwarning: not all documents were looked at\n",
    )
    assert service.asked[0].json == {"question": "Who?"}


def test_search_prints_passages_best_first(service, sheaf):
    hit = {"document_name": "a.pdf", "section": "Terms", "text": "net\n30   days", "score": 0.5, "evidence": [EVIDENCE]}
    service.answers["POST /v1/search"] = (
        200,
        {"items": [hit, {**hit, "section": None, "evidence": []}], "warnings": []},
    )
    out = sheaf("search", "payment", "--limit", "2").stdout
    assert out.splitlines() == ["1. a.pdf, page 2, Terms", "   net 30 days", "2. a.pdf", "   net 30 days"]
    assert service.asked[0].json == {"query": "payment", "limit": 2}


def test_a_search_that_finds_nothing_says_so(service, sheaf):
    service.answers["POST /v1/search"] = (
        200,
        {"items": [], "warnings": [{"code": "words-only", "message": "only words"}]},
    )
    assert sheaf("search", "payment", "--filter", "type = 'a'").stdout == "nothing found\nwarning: only words\n"
    assert service.asked[-1].json["filters"] == {"where": "type = 'a'"}, (
        "places in the filter are those of what was typed"
    )
    sheaf("search", "payment", "--filter", "a = 1", "--filter", "b = 2 or c = 3")
    assert service.asked[-1].json["filters"] == {"where": "(a = 1) and (b = 2 or c = 3)"}


SCHEMA = {
    "name": "mine",
    "version": 3,
    "built_in": False,
    "title": "Mine",
    "description": None,
    "schema": {"type": "object"},
}


def test_a_schema_is_shown_as_itself_and_stored_as_it_is(service, sheaf, tmp_path):
    service.answers["GET /v1/schemas/mine"] = (200, SCHEMA)
    service.answers["PUT /v1/schemas/mine"] = (201, SCHEMA)
    assert json.loads(sheaf("schemas", "show", "mine@3").stdout) == {"type": "object"}
    assert service.asked[0].path == "/v1/schemas/mine?version=3"
    (tmp_path / "mine.json").write_bytes(b'{ "x": 1.50 }')
    assert sheaf("schemas", "put", "mine", tmp_path / "mine.json").stdout == "mine@3\n"
    assert service.asked[1].body == b'{ "x": 1.50 }'
    assert sheaf("schemas", "put", "mine", tmp_path / "missing.json").exit_code == 2
    (tmp_path / "torn.json").write_text('{"type":')
    refused = sheaf("schemas", "put", "mine", tmp_path / "torn.json")
    assert refused.exit_code == 2
    assert "torn.json is no JSON: Expecting value: line 1 column 9" in refused.stderr
    assert len(service.asked) == 2, "what is no JSON is not sent"


BATCH = {
    "id": "bat_1",
    "source": "inbox/2026",
    "pattern": "**/*",
    "status": "running",
    "files": {"succeeded": 1, "failed": 0, "pending": 1},
    "progress": 0.5,
    "created_at": "2026-01-02T03:04:05Z",
    "finished_at": None,
    "problem": None,
}
FILE = {
    "number": 1,
    "path": "a.pdf",
    "size": 1,
    "status": "succeeded",
    "document_id": "d",
    "job_id": "job_1",
    "problem": None,
}


def test_a_batch_is_made_of_what_was_asked_for(service, sheaf, tmp_path):
    (tmp_path / "mine.json").write_text('{"type": "object"}')
    service.answers["POST /v1/batches"] = (202, BATCH)
    schema = tmp_path / "mine.json"
    out = sheaf("batches", "create", "inbox/2026", "--tasks", "extract, index", "--schema", schema).stdout
    assert out == "bat_1\n"
    assert service.asked[0].json == {
        "source": "inbox/2026",
        "pattern": "**/*",
        "schema": {"type": "object"},
        "tasks": ["extract", "index"],
    }


def test_waiting_for_a_batch_shows_its_files_and_fails_with_one_of_them(service, sheaf):
    ended = {**BATCH, "status": "finished", "files": {"succeeded": 1, "refused": 1}}
    refused = {**FILE, "path": "b.exe", "status": "refused", "job_id": None, "problem": {"detail": "not read"}}
    service.answers["POST /v1/batches"] = (202, BATCH)
    service.answers["GET /v1/batches/bat_1"] = (200, ended)
    empty = {**FILE, "path": "c.txt", "status": "refused", "job_id": None, "problem": {"title": "The file is empty."}}
    service.answers["GET /v1/batches/bat_1/files"] = (200, {"items": [FILE, refused, empty], "next_cursor": None})
    result = sheaf("batches", "create", "inbox/2026", "--wait")
    assert result.exit_code == 1
    assert "b.exe  refused" in result.stdout
    assert "The file is empty." in result.stdout
    assert "inbox/2026: finished, 1 succeeded, 1 refused" in result.stdout


def test_batches_are_listed(service, sheaf):
    service.answers["GET /v1/batches"] = (200, {"items": [BATCH], "next_cursor": None})
    assert "bat_1  running  inbox/2026  1 succeeded, 1 pending" in sheaf("batches", "list").stdout


ENDPOINT = {
    "id": "whk_1",
    "url": "https://example.com/hook",
    "events": None,
    "enabled": False,
    "created_at": "2026-01-02T03:04:05Z",
    "disabled_reason": "the receiver answered 410 Gone",
}


def test_a_webhook_is_made_and_its_secret_printed(service, sheaf):
    service.answers["POST /v1/webhooks"] = (201, {**ENDPOINT, "secret": "whsec_x", "public_key": "whpk_x"})
    out = sheaf("webhooks", "create", "https://example.com/hook", "--event", "job.failed").stdout
    assert out == "whk_1\nwhsec_x\nwhpk_x\n"
    assert service.asked[0].json == {"url": "https://example.com/hook", "events": ["job.failed"]}


def test_webhooks_are_listed_switched_and_removed(service, sheaf):
    service.answers["GET /v1/webhooks"] = (200, {"items": [ENDPOINT], "next_cursor": None})
    service.answers["PATCH /v1/webhooks/whk_1"] = (200, ENDPOINT)
    service.answers["DELETE /v1/webhooks/whk_1"] = (204, b"")
    assert "https://example.com/hook  all     no  the receiver answered 410 Gone" in sheaf("webhooks", "list").stdout
    for command in ("enable", "disable", "delete"):
        assert sheaf("webhooks", command, "whk_1").exit_code == 0
    assert [asked.json["enabled"] for asked in service.asked if asked.method == "PATCH"] == [True, False]


@pytest.mark.parametrize(("arguments", "where"), [((), "secret"), (("whk_1",), "whk_1")])
def test_a_secret_is_changed_and_the_new_one_printed(service, sheaf, arguments, where):
    service.answers[f"POST /v1/webhooks/{where}/rotate"] = (200, {"secret": "whsec_new", "public_key": "whpk_new"})
    assert sheaf("webhooks", "rotate", *arguments, "--overlap", "2").stdout == "whsec_new\nwhpk_new\n"
    assert service.asked[0].json == {"overlap_seconds": 7200.0}


def test_deliveries_are_listed_and_replayed(service, sheaf):
    delivery = {
        "id": "dlv_1",
        "event": "job.succeeded",
        "status": "failed",
        "attempts": 10,
        "last_status": None,
        "last_error": "timeout",
        "url": "https://example.com/hook",
    }
    service.answers["GET /v1/webhooks/deliveries"] = (200, {"items": [delivery], "next_cursor": None})
    service.answers["POST /v1/webhooks/deliveries/dlv_1/replay"] = (202, delivery)
    service.answers["GET /v1/webhooks/secret"] = (200, {"secret": "whsec_workspace"})
    assert "dlv_1     job.succeeded  failed  10" in sheaf("webhooks", "deliveries", "--status", "failed").stdout
    assert sheaf("webhooks", "replay", "dlv_1").exit_code == 0
    service.answers["POST /v1/webhooks/deliveries/replay"] = (202, {"replayed": 2})
    assert sheaf("webhooks", "replay").stdout == "2 are sent again\n"
    assert (service.asked[-1].body, service.asked[-1].headers["content-type"]) == (b"{}", "application/json")
    assert sheaf("webhooks", "secret").stdout == "whsec_workspace\n"


KEY = {
    "id": "0123456789AB",
    "name": "ci",
    "scopes": ["ingest", "read"],
    "created_at": "2026-01-02T03:04:05Z",
    "expires_at": None,
    "last_used_at": None,
}


def test_a_key_is_printed_alone_so_that_a_script_can_keep_it(service, sheaf):
    service.answers["POST /v1/keys"] = (201, {**KEY, "key": "sheaf_new"})
    assert sheaf("keys", "create", "ci", "--days", "1.5").stdout == "sheaf_new\n"
    assert service.asked[0].json == {"name": "ci", "scopes": ["ingest", "read"], "expires_in": 129600.0}


def test_a_key_is_rotated_with_the_overlap_asked_for(service, sheaf):
    service.answers["POST /v1/keys/0123456789AB/rotate"] = (201, {**KEY, "key": "sheaf_newer"})
    assert sheaf("keys", "rotate", "0123456789AB", "--hours", "2").stdout == "sheaf_newer\n"
    assert service.asked[-1].json == {"overlap_seconds": 7200}


def test_keys_are_listed_and_deleted(service, sheaf):
    service.answers["GET /v1/keys"] = (200, {"items": [KEY], "next_cursor": None})
    service.answers["DELETE /v1/keys/0123456789AB"] = (204, b"")
    assert "0123456789AB  ci    ingest, read  never" in sheaf("keys", "list").stdout
    assert sheaf("keys", "delete", "0123456789AB").exit_code == 0
    assert sheaf("keys", "delete", "unknown").exit_code == 2


@pytest.mark.parametrize(
    ("command", "route"),
    [
        (("status",), "GET /v1/jobs"),
        (("status", "x"), "GET /v1/jobs/x"),
        (("ask", "q"), "POST /v1/answers"),
        (("search", "q"), "POST /v1/search"),
        (("schemas", "show", "x"), "GET /v1/schemas/x"),
        (("batches", "list"), "GET /v1/batches"),
        (("batches", "create", "x"), "POST /v1/batches"),
        (("webhooks", "create", "https://x.example"), "POST /v1/webhooks"),
        (("webhooks", "deliveries"), "GET /v1/webhooks/deliveries"),
        (("webhooks", "secret"), "GET /v1/webhooks/secret"),
        (("keys", "create", "x"), "POST /v1/keys"),
    ],
)
def test_with_json_the_services_answer_is_printed_byte_for_byte(service, sheaf, command, route):
    sent = b'{"id": "x",   "items": [], "next_cursor": null, "number": 10.00}'
    service.answers[route] = (200, sent)
    assert sheaf(*command, "--json").stdout.encode() == sent + b"\n"


def test_usage_shows_what_was_spent_and_how_much_of_the_quotas_is_left(service, sheaf):
    report = {
        "since": "2026-01-01",
        "until": "2026-01-02",
        "currency": "EUR",
        "jobs": 3,
        "pages": 9,
        "seconds": 61.4,
        "models": [],
        "cost": 0.5,
        "days": [],
        "quotas": [
            {"quota": "stored_bytes", "used": 1048576, "limit": 2097152},
            {"quota": "reruns_per_day", "used": 3, "limit": None},
        ],
    }
    UsageReport.model_validate(report)
    service.answers["GET /v1/usage"] = (200, report)
    lines = [line.split() for line in sheaf("usage").stdout.splitlines()]
    assert " ".join(lines[0]) == "2026-01-01 to 2026-01-02: 3 jobs, 9 pages, 61 s of work, 0.50 EUR"
    assert lines[2:] == [["Stored", "bytes", "1,048,576", "2,097,152"], ["Reruns", "per", "day", "3", "none"]]
