"""`sheaf audit`: export, and a verification that sees tampering."""

import json

import pytest

from pipeline.access.audit_chain import chain


@pytest.fixture
def log(service):
    """The service's log of three events."""
    events, previous = [], ""
    for second in range(3):
        event = {"actor": "key:a", "action": "document.accepted", "object_id": f"doc_{second}", "details": {"n": 1}}
        previous = chain(previous, at=second * 1_000_000 + 5, **event)
        events.append({"created_at": f"1970-01-01T00:00:0{second}.000005Z", **event, "hash": previous})
    service.answers["GET /v1/audit"] = (200, {"items": events, "next_cursor": None})
    return events


def test_what_is_exported_can_be_verified_without_the_service(service, sheaf, log, tmp_path):
    exported = sheaf("audit", "export").stdout
    assert [json.loads(line) for line in exported.splitlines()] == log
    file = tmp_path / "audit.jsonl"
    file.write_text(exported)
    service.answers.clear()
    verified = sheaf("audit", "verify", file)
    assert verified.exit_code == 0
    assert f"3 events; the chain holds. Head: {log[-1]['hash']}" in verified.stdout


def test_tampering_is_seen_in_the_log_and_in_a_file(sheaf, log, tmp_path):
    assert sheaf("audit", "verify").exit_code == 0
    log[1]["object_id"] = "doc_9"
    refused = sheaf("audit", "verify")
    assert refused.exit_code == 1
    assert "broken: event 2" in refused.stdout
    file = tmp_path / "audit.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in (log[0], log[2])))
    assert sheaf("audit", "verify", file).exit_code == 1


def test_a_head_that_is_gone_is_missed(sheaf, log):
    head = log.pop()["hash"]
    refused = sheaf("audit", "verify", "--head", head)
    assert refused.exit_code == 1
    assert "is not among them" in refused.stdout
    assert sheaf("audit", "verify", "--head", log[0]["hash"]).exit_code == 0
    assert json.loads(sheaf("audit", "verify", "--json").stdout) == {
        "events": 2,
        "head": log[-1]["hash"],
        "holds": True,
    }


def test_what_is_no_export_is_refused(sheaf, tmp_path):
    for content in ("no json", '{"actor": 1}'):
        (tmp_path / "x").write_text(content)
        assert sheaf("audit", "verify", tmp_path / "x").exit_code == 2
    assert sheaf("audit", "verify", tmp_path / "absent").exit_code == 2
