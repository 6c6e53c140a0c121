"""`sheaf doctor`: what is here, and whether the service answers."""

import json

from api.cli.doctor import service_checks
from api.client import Client
from tests.support.stand_in import problem


def looked_at(url):
    with Client(url, None) as client:
        return {check.name: check for check in service_checks(client)}


def test_a_ready_service_and_an_installation_that_misses_nothing_are_exit_status_0(service, sheaf):
    service.answers["GET /health/ready"] = (200, {"status": "ready"})
    service.answers["GET /v1/jobs"] = (200, {"items": [], "next_cursor": None})
    result = sheaf("doctor", "--json")
    found = {check["name"]: check["state"] for check in json.loads(result.stdout)}
    assert [found[name] for name in ("Python", "PDF", "parser child: memory limit", "service", "API key")] == ["ok"] * 5
    assert result.exit_code == 0


def test_a_missing_server_is_exit_status_1_and_named_with_what_it_costs(sheaf):
    result = sheaf("doctor", SHEAF_DOORBELL='{"kind": "redis", "url": "redis://127.0.0.1:1/0"}')
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if line.startswith("doorbell"))
    assert "missing" in line
    assert "sweeper" in line


def test_a_service_that_is_not_ready_and_a_key_that_it_refuses_cost_something(service):
    ill = {"status": "not-ready", "parts": {"blobs": "ok", "database": "database-unavailable"}}
    service.answers["GET /health/ready"] = (503, ill)
    service.answers["GET /v1/jobs"] = problem(401, "unauthenticated", "not known")
    checks = looked_at(service.url)
    assert checks["service"].state == checks["API key"].state == "missing"
    assert checks["service"].detail == "database: database-unavailable"


def test_a_service_that_does_not_run_is_off_and_no_failure():
    checks = looked_at("http://127.0.0.1:1")
    assert {name: check.state for name, check in checks.items()} == {"service": "off"}


def test_broken_settings_are_named(sheaf):
    result = sheaf("doctor", "--key", "x", SHEAF_JOBS__MAX_ATTEMPTS="some")
    assert result.exit_code == 2
    assert "jobs.max_attempts" in result.stderr
