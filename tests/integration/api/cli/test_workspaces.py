"""`sheaf workspaces`, on the database of this machine."""

import json
import math
import re
import threading
from contextlib import closing

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from pipeline.jobs.removal import remove_closed
from pipeline.stores.records import stored_bytes, workspaces
from pipeline.stores.records.database import Database
from tests.support.services import make_services


@pytest.fixture
def operate(tmp_path, monkeypatch):
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments, said=None):
        return CliRunner().invoke(app, ["workspaces", *arguments], input=said, catch_exceptions=False)

    return run


def test_a_workspace_is_made_limited_and_listed(operate):
    made = operate("create", "acme")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("sheaf_")
    assert operate("limit", "acme", "--documents-per-day", "5", "--open-jobs", "0").exit_code == 0
    (shown,) = json.loads(operate("list", "--json").stdout)
    assert (shown["name"], shown["limits"]["documents_per_day"], shown["limits"]["open_jobs"]) == ("acme", 5, 0)
    assert shown["stored_bytes"] == 0
    assert operate("limit", "acme", "--stored-bytes", "70", "--reruns-per-day", "9").exit_code == 0
    (shown,) = json.loads(operate("list", "--json").stdout)
    assert (shown["limits"]["stored_bytes"], shown["limits"]["reruns_per_day"]) == (70, 9)
    table = operate("list").stdout
    assert "acme" in table
    assert "none" in table


def test_what_is_counted_as_stored_is_looked_at_and_mended(operate, tmp_path):
    operate("create", "acme")
    operate("create", "other")
    assert operate("recount", "--dry-run").exit_code == 0
    with closing(Database(f"sqlite:///{tmp_path / 'data' / 'sheaf.db'}")) as database, database.write() as connection:
        found = workspaces.find_workspace(connection, "acme")
        stored_bytes.add(connection, found.id, 7)
    wrong = operate("recount", "--dry-run")
    assert (wrong.exit_code, wrong.stdout.split()) == (
        1,
        ["Name", "Counted", "Stored", "acme", "7", "0", "differs", "other", "0", "0", "ok"],
    )
    assert operate("recount", "acme").stdout.split()[3:] == ["acme", "7", "0", "mended"]
    assert operate("recount", "acme").stdout.split()[3:] == ["acme", "0", "0", "ok"]
    assert "there is no workspace 'nobody'" in operate("recount", "nobody").stderr


def test_a_workspace_is_deleted_once_that_was_meant_and_its_receipt_is_kept(operate, tmp_path, monkeypatch):
    operate("create", "acme")
    with closing(Database(f"sqlite:///{tmp_path / 'data' / 'sheaf.db'}")) as database:
        services = make_services(database, tmp_path / "data")  # with the workspace `default`
        assert "0 documents, 0 bytes of files, 1 keys" in operate("delete", "acme", "--dry-run").stdout
        assert operate("delete", "acme", said="n\n").exit_code == 1
        assert "being deleted" not in operate("list").stdout
        assert "watched folders" in operate("delete", "default", "--yes").stderr
        closed = operate("delete", "acme", "--no-wait", said="y\n")
        assert (closed.exit_code, "acme is closed" in closed.stdout) == (0, True)
        assert "acme (being deleted)" in operate("list").stdout
        monkeypatch.setattr("api.cli.workspaces.QUIET_SECONDS", 0.0)
        remover = threading.Timer(1.0, remove_closed, [services], {"until": math.inf})
        remover.start()
        waited = operate("delete", "acme", "--yes")
        remover.join()
        services.vectors.close()
    assert "nothing was removed" in waited.stderr
    (workspace_id,) = re.findall(r"Nothing is left of (ws_\w+)", waited.stdout)
    assert "0 documents, 0 bytes, 0 files, 0 passages, 0 vectors" in waited.stdout
    assert operate("delete", workspace_id).stdout == waited.stdout.splitlines(keepends=True)[-1]
    assert "there is no workspace" in operate("delete", "ws_0").stderr
    log = tmp_path / "audit.jsonl"
    log.write_text(operate("audit", workspace_id).stdout)
    actions = [json.loads(line)["action"] for line in log.read_text().splitlines()]
    assert actions == ["key.issued", "workspace.deleted", "workspace.removed"]
    verified = CliRunner().invoke(app, ["audit", "verify", str(log)])
    assert "3 events; the chain holds" in verified.stdout
    assert "there is no workspace" in operate("audit", "acme").stderr


def test_what_cannot_be_done_is_said_in_one_line(operate):
    refused = operate("limit", "nobody", "--open-jobs", "1")
    assert refused.exit_code == 2
    assert "there is no workspace 'nobody'" in refused.stderr


def test_retention_classes_are_given_as_days(operate):
    operate("create", "acme")
    assert operate("retain", "acme", "default=365", "short=7").exit_code == 0
    for wrong in ("short", "short=soon", "none=1"):
        assert operate("retain", "acme", wrong).exit_code == 2


def test_to_look_at_retention_classes_changes_none_and_only_reset_takes_them_away(operate):
    operate("create", "acme")
    assert operate("retain", "acme").stdout == "documents are kept until somebody deletes them\n"
    set_ = operate("retain", "acme", "short=7")
    assert set_.stdout == "short: deleted after 7 days\nall others are kept until somebody deletes them\n"
    assert operate("retain", "acme").stdout == set_.stdout
    assert operate("retain", "acme", "short=7", "--reset").exit_code == 2
    assert operate("retain", "acme", "--reset").stdout == "documents are kept until somebody deletes them\n"
    assert operate("retain", "nobody").exit_code == 2
