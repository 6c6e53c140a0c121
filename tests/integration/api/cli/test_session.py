"""Where the service is found, which key is sent, and how errors end a command."""

import json

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from tests.support.stand_in import problem

EMPTY = (200, {"items": [], "next_cursor": None})


@pytest.fixture
def jobs(service):
    service.answers["GET /v1/jobs"] = EMPTY
    return service


def authorization(service):
    return service.asked[-1].headers.get("authorization")


def run(*arguments, **environment):
    return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)


def test_the_key_of_the_option_is_sent(jobs, sheaf):
    assert sheaf("status", "--key", "sheaf_x").exit_code == 0
    assert authorization(jobs) == "Bearer sheaf_x"


def test_the_environment_names_service_and_key(jobs):
    assert run("status", SHEAF_CLI_URL=jobs.url, SHEAF_CLI_KEY="sheaf_env").exit_code == 0
    assert authorization(jobs) == "Bearer sheaf_env"


def test_the_option_goes_before_the_environment(jobs, sheaf):
    sheaf("status", "--key", "sheaf_option", SHEAF_CLI_URL="http://127.0.0.1:9", SHEAF_CLI_KEY="sheaf_env")
    assert authorization(jobs) == "Bearer sheaf_option"


def test_the_key_file_of_this_machine_is_used_for_a_service_on_this_machine(jobs, sheaf, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "api-key").write_text("sheaf_file\n")
    sheaf("status", SHEAF_DATA_DIR=str(tmp_path / "data"))
    assert authorization(jobs) == "Bearer sheaf_file"


def test_the_key_file_is_not_sent_to_another_machine(tmp_path):
    """The name cannot be resolved, so the key is looked for where the client keeps it."""
    from api.client import connect

    (tmp_path / "sheaf-data").mkdir()
    (tmp_path / "sheaf-data" / "api-key").write_text("sheaf_file\n")
    assert "authorization" not in connect("http://sheaf.invalid", None).headers
    assert connect("http://127.0.0.1:1", None).headers["authorization"] == "Bearer sheaf_file"


def test_the_port_of_the_settings_is_where_the_service_is(jobs):
    port = jobs.url.rpartition(":")[2]
    assert run("status", SHEAF_HTTP__PORT=port, SHEAF_HTTP__HOST="0.0.0.0").exit_code == 0
    assert len(jobs.asked) == 1


def test_a_proxy_of_the_environment_does_not_come_between_this_machine_and_itself(jobs, sheaf):
    assert sheaf("status", HTTP_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9").exit_code == 0


def test_json_is_printed_as_the_service_sent_it(service, sheaf):
    sent = b'{"items": [], "total": 1234.50, "next_cursor": null}'
    service.answers["GET /v1/jobs"] = (200, sent)
    assert sheaf("status", "--json").stdout.encode() == sent + b"\n"


@pytest.mark.parametrize(("status", "exit_status"), [(401, 2), (404, 2), (422, 2), (429, 2), (500, 1), (503, 1)])
def test_a_problem_document_is_one_line_and_an_exit_status(service, sheaf, status, exit_status):
    service.answers["GET /v1/jobs"] = problem(status, "some-problem", "this is\nwhat is wrong")
    result = sheaf("status")
    assert result.exit_code == exit_status
    assert result.stdout == ""
    assert result.stderr.startswith("error: this is what is wrong")
    assert result.stderr.count("\n") == 1


def test_a_missing_key_is_told_how_to_give_one(service, sheaf):
    service.answers["GET /v1/jobs"] = problem(401, "unauthenticated", "send a key")
    assert "--key or SHEAF_CLI_KEY" in sheaf("status").stderr


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"", b"[1]", b"\xff"])
def test_an_error_that_is_no_problem_document_is_told_by_its_status(service, sheaf, body):
    service.answers["GET /v1/jobs"] = (502, body)
    result = sheaf("status")
    assert (result.exit_code, result.stderr) == (1, "error: HTTP status 502\n")


def test_a_problem_document_cannot_steer_the_terminal(service, sheaf):
    service.answers["GET /v1/jobs"] = problem(422, "x", "\x1b[2J\x9b31m [bold]red[/bold]")
    assert sheaf("status").stderr == "error: \ufffd[2J\ufffd31m [bold]red[/bold]\n"


def test_where_no_service_answers_the_way_to_start_one_is_named():
    result = run("status", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "sheaf up" in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com",
        "",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999",
        f"http://{'a' * 80}.com",
    ],
)
def test_what_is_no_url_is_refused(url):
    result = run("status", "--url", url, SHEAF_HTTP__PORT="1")
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("error: ")


def test_broken_settings_are_named():
    result = run("status", SHEAF_HTTP__PORT="many")
    assert result.exit_code == 2
    assert "http.port" in result.stderr


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("status", "--nonsense"), ("result",), ("status", "--limit", "0")]
)
def test_a_wrong_command_line_is_exit_status_2(arguments):
    assert run(*arguments).exit_code == 2


def test_an_id_cannot_lead_to_another_path(service, sheaf):
    sheaf("result", "../../v1/keys?x=1")
    assert service.asked[0].path == "/v1/jobs/..%2F..%2Fv1%2Fkeys%3Fx%3D1/result"
    assert sheaf("result", "..").exit_code == 2
    assert len(service.asked) == 1


@pytest.mark.parametrize("arguments", [("result", "a\udcff"), ("result", "a" * 100_000), ("search", "a\udcff")])
def test_what_cannot_be_sent_is_refused_in_one_line(service, sheaf, arguments):
    refused = sheaf(*arguments)
    assert (refused.exit_code, service.asked) == (2, [])
    assert refused.stderr.startswith("error: ")


def test_the_version_is_printed():
    assert run("--version").stdout.strip()[0].isdigit()


def test_every_command_of_the_readme_is_there():
    listed = run("--help").stdout
    for name in (
        "up",
        "ingest",
        "status",
        "result",
        "ask",
        "search",
        "schemas",
        "batches",
        "webhooks",
        "keys",
        "doctor",
    ):
        assert f" {name} " in listed


def test_lists_are_read_to_their_end(service, sheaf):
    pages = [
        (200, {"items": [{"name": "a", "version": 1, "built_in": True, "title": None}], "next_cursor": "next"}),
        (200, {"items": [{"name": "b", "version": 2, "built_in": False, "title": "B"}], "next_cursor": None}),
    ]
    service.answers["GET /v1/schemas"] = pages
    result = sheaf("schemas", "list", "--json")
    assert [item["name"] for item in json.loads(result.stdout)] == ["a", "b"]
    assert service.asked[1].path == "/v1/schemas?cursor=next"
