"""`sheaf index`, on the database of this machine."""

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from tests.support.rows import add_document, add_workspace

FORM = {"embedder": "m", "dimensions": 4, "chunking": 1, "terms": 2, "payload": 3}


@pytest.fixture
def operate(tmp_path, monkeypatch):
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path))
    with closing(Database(f"sqlite:///{tmp_path / 'sheaf.db'}")) as database:
        database.migrate()
        with database.write() as connection:
            add_workspace(connection)
            generations.add_generation(connection, 1, FORM, place="one", status="active")
            generations.add_generation(connection, 2, {**FORM, "embedder": "n"}, place="two", status="building")
            for number in (1, 2):
                add_document(connection, f"doc_{number}")
                generations.note_indexed(connection, f"doc_{number}", "ws_1", 1, revision=1)
            generations.note_failed(
                connection, "doc_1", "ws_1", 2, revision=1, problem="model-rejected", retry_seconds=0.0
            )

    def run(*arguments):
        return CliRunner().invoke(app, ["index", *arguments], catch_exceptions=False)

    return run


def test_indexes_are_listed_with_what_is_missing_in_one_that_is_being_filled(operate):
    shown = json.loads(operate("list", "--json").stdout)
    assert [one["status"] for one in shown] == ["active", "building"]
    assert shown[1]["documents"] == {"total": 2, "done": 0, "failed": 1}
    table = operate("list").stdout
    assert "0 of 2, 1 failed" in table
    assert "doc_1: model-rejected" in table


def test_it_is_taken_incomplete_and_the_one_of_before_is_removed_on_demand(operate):
    assert operate("switch").stdout == "generation 2 is in use\n"
    refused = operate("switch")
    assert (refused.exit_code, "no index is being filled" in refused.stderr) == (2, True)
    assert operate("drop", "2").exit_code == 2
    assert operate("drop", "1").exit_code == 0
    assert [one["status"] for one in json.loads(operate("list", "--json").stdout)] == ["dropping", "active"]
