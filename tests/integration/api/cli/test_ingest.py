"""`sheaf ingest` against a stand-in of the service."""

import hashlib
import json
import time

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.cli.uploads import Report, Uploader
from api.client import Client, RequestFailed
from tests.support.stand_in import problem, standing_in


def result_of(job_id, status="succeeded", **more):
    return {
        "job_id": job_id,
        "status": status,
        "problem": None,
        "completeness": {"pages_failed": []},
        "warnings": [],
        **more,
    }


class Documents:
    """The part of the service that takes uploads: jobs by Idempotency-Key, results that end at once."""

    def __init__(self, service):
        self.service = service
        self.keys = {}
        self.names = []
        self.forms = []
        service.answers["POST /v1/documents"] = self.take
        service.answers["GET /health/live"] = (200, {"status": "ok"})

    def take(self, request):
        key = request.headers["idempotency-key"]
        name = request.body.partition(b'filename="')[2].partition(b'"')[0].decode()
        self.forms.append(request.body)
        if name.startswith("bad"):
            return problem(415, "unsupported-type", "this type is not read")
        if key not in self.keys:
            self.keys[key] = f"job_{len(self.keys) + 1}"
            self.names.append(name)
        job = self.keys[key]
        self.service.answers.setdefault(f"GET /v1/jobs/{job}/result", (200, result_of(job)))
        return (202, {"document": {"id": f"doc_{job}"}, "job": {"id": job, "status": "queued"}})


@pytest.fixture
def documents(service):
    return Documents(service)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "in"
    for name in ("b.txt", "a.txt", "sub/c.pdf", ".hidden", "sub/.git/d.txt", "~$b.docx", "e.tmp"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    (root / "link.txt").symlink_to(root / "a.txt")
    (root / "loop").symlink_to(root)
    return root


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_is_uploaded_with_what_was_asked_for(documents, sheaf, folder):
    result = sheaf("ingest", folder / "a.txt", "--schema", "invoice@1", "--tasks", "extract,index", "--collection", "x")
    assert result.exit_code == 0
    assert "job_1" in result.stdout
    form = documents.forms[0]
    for part in (
        b'name="schema"\r\n\r\ninvoice@1',
        b'name="tasks"\r\n\r\nextract,index',
        b'name="collection"\r\n\r\nx',
    ):
        assert part in form
    assert b"content of a.txt" in form


def test_every_document_of_a_folder_is_uploaded_once_and_nothing_else(documents, sheaf, folder):
    result = sheaf("ingest", folder, folder / "a.txt", folder, "--json")
    assert documents.names == ["a.txt", "b.txt", "c.pdf"]
    assert [row["status"] for row in json.loads(result.stdout)] == ["queued"] * 3


def test_a_pattern_narrows_a_folder_and_not_the_files_that_are_named(documents, sheaf, folder):
    sheaf("ingest", folder, folder / "a.txt", "--pattern", "**/*.pdf")
    assert documents.names == ["c.pdf", "a.txt"]


@pytest.mark.parametrize("pattern", ["/etc/*", ""])
def test_a_pattern_that_is_none_is_refused(documents, sheaf, folder, pattern):
    result = sheaf("ingest", folder, "--pattern", pattern)
    assert result.exit_code == 2
    assert documents.names == []


def test_a_path_that_does_not_exist_is_refused_before_anything_is_uploaded(documents, sheaf, folder):
    result = sheaf("ingest", folder, folder / "missing")
    assert result.exit_code == 2
    assert "missing" in result.stderr
    assert documents.names == []


def test_again_the_same_file_has_the_same_key_and_another_content_or_wish_has_another(documents, sheaf, folder):
    for _ in range(2):
        sheaf("ingest", folder / "a.txt")
    assert len(documents.keys) == 1
    sheaf("ingest", folder / "a.txt", "--schema", "invoice")
    (folder / "a.txt").write_text("other")
    sheaf("ingest", folder / "a.txt")
    assert len(documents.keys) == 3


def test_waiting_shows_how_each_job_ended(service, documents, sheaf, folder):
    partial = result_of("job_2", "partial", completeness={"pages_failed": [2, 3]})
    failed = result_of(
        "job_3", "failed", problem={"type": "urn:sheaf:problem:no-pages", "title": "t", "detail": "empty"}
    )
    service.answers["GET /v1/jobs/job_2/result"] = [problem(409, "result-not-ready", "not yet"), (200, partial)]
    service.answers["GET /v1/jobs/job_3/result"] = (200, failed)
    result = sheaf("ingest", folder, "--wait")
    assert result.exit_code == 1, "one has failed"
    assert [line.split()[1:3] for line in result.stdout.splitlines()[1:4]] == [
        ["succeeded", "job_1"],
        ["partial", "job_2"],
        ["failed", "job_3"],
    ]
    assert "pages not read: 2, 3" in result.stdout
    assert "3 files, 1 succeeded, 1 partial, 1 failed" in result.stdout
    assert "wait=30" in service.asked[-1].path


def test_what_has_ended_when_it_is_accepted_says_why_too(service, documents, sheaf, folder):
    ended = {"document": {"id": "doc_9"}, "job": {"id": "job_9", "status": "partial"}}
    service.answers["POST /v1/documents"] = (202, ended)
    torn = [{"code": "unread", "message": "A part is missing."}, {"code": "x", "message": "not read: approval.pdf"}]
    problem_ = {"type": "urn:sheaf:problem:x", "title": "A part is missing."}
    service.answers["GET /v1/jobs/job_9/result"] = (200, result_of("job_9", "partial", problem=problem_, warnings=torn))
    shown = sheaf("ingest", folder / "a.txt", "--wait").stdout
    assert "not read: approval.pdf" in shown, "the closest reason"
    assert "1 file, 1 partial" in shown


def test_a_partial_result_alone_is_no_failure(service, documents, sheaf, folder):
    service.answers["GET /v1/jobs/job_1/result"] = (200, result_of("job_1", "partial"))
    assert sheaf("ingest", folder / "a.txt", "--wait").exit_code == 0


def test_a_refused_file_is_named_and_the_others_go_on(documents, sheaf, folder):
    (folder / "aa-unreadable.txt").symlink_to(folder / "nowhere")
    (folder / "bad.bin").write_bytes(b"x")
    result = sheaf("ingest", folder, "--json")
    assert result.exit_code == 1
    rows = {row["path"].rpartition("/")[2]: row for row in json.loads(result.stdout)}
    assert rows["bad.bin"]["status"] == "refused"
    assert rows["bad.bin"]["problem"] == "unsupported-type"
    assert documents.names == ["a.txt", "b.txt", "c.pdf"]


def test_the_report_has_one_line_a_file_and_is_not_repeated(documents, sheaf, folder, tmp_path):
    report = tmp_path / "report.jsonl"
    for _ in range(2):
        sheaf("ingest", folder, "--wait", "--report", report)
    assert [line["status"] for line in lines(report)] == ["succeeded"] * 3
    assert len(documents.forms) == 3, "what the report holds is not uploaded again"


def test_a_file_that_was_only_accepted_is_followed_when_waiting_is_asked_for_later(documents, sheaf, folder, tmp_path):
    report = tmp_path / "report.jsonl"
    sheaf("ingest", folder / "a.txt", "--report", report)
    sheaf("ingest", folder / "a.txt", "--report", report, "--wait")
    assert [line["status"] for line in lines(report)] == ["queued", "succeeded"]
    assert len(documents.forms) == 1


def test_a_refused_file_is_tried_again(documents, sheaf, folder, tmp_path):
    report = tmp_path / "report.jsonl"
    (folder / "bad.bin").write_bytes(b"x")
    for _ in range(2):
        sheaf("ingest", folder / "bad.bin", "--report", report)
    assert len(documents.forms) == 2


def test_a_line_that_was_cut_by_an_interruption_does_no_harm(documents, sheaf, folder, tmp_path):
    report = tmp_path / "report.jsonl"
    sheaf("ingest", folder / "a.txt", "--report", report)
    report.write_bytes(report.read_bytes() + b'{"path": "half')
    sheaf("ingest", folder, "--report", report)
    assert len(lines(report)) == 3


def test_a_file_that_is_no_report_is_not_written_to(documents, sheaf, folder, tmp_path):
    other = tmp_path / "thesis.txt"
    other.write_text("many months of work\n")
    result = sheaf("ingest", folder, "--report", other)
    assert result.exit_code == 2
    assert other.read_text() == "many months of work\n"


def test_a_service_that_goes_away_ends_the_run_which_can_be_taken_up_again(service, documents, sheaf, folder, tmp_path):
    report = tmp_path / "report.jsonl"
    taken = [0]

    def once(request):
        taken[0] += 1
        return documents.take(request) if taken[0] == 1 else problem(401, "unauthenticated", "the key was revoked")

    service.answers["POST /v1/documents"] = once
    result = sheaf("ingest", folder, "--report", report)
    assert result.exit_code == 1
    assert "1 of 3 done; run it again" in result.stderr
    service.answers["POST /v1/documents"] = documents.take
    assert sheaf("ingest", folder, "--report", report).exit_code == 0
    assert len(lines(report)) == 3


@pytest.mark.parametrize("busy", [503, 429])
def test_a_busy_service_is_asked_again_after_the_time_it_names(tmp_path, busy):
    (tmp_path / "a.txt").write_text("a")
    pauses = []
    with standing_in() as service:
        documents = Documents(service)
        service.answers["POST /v1/documents"] = [
            problem(busy, "busy", "later", **{"Retry-After": "7"}),
            problem(busy, "busy", "later", **{"Retry-After": "0"}),
            (202, {"document": {"id": "doc_1"}, "job": {"id": "job_1", "status": "queued"}}),
        ]
        del documents
        with Client(service.url, None) as client:
            uploader = Uploader(client=client, options={}, report=Report(None), wait=False, pause=pauses.append)
            rows = list(uploader.run([tmp_path / "a.txt"]))
    assert [row.status for row in rows] == ["queued"]
    assert pauses == [7.0, 2.0]


def test_a_service_that_stays_away_ends_the_run_after_a_while(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    pauses = []
    with Client("http://127.0.0.1:1", None) as client:
        uploader = Uploader(client=client, options={}, report=Report(None), wait=False, pause=pauses.append)
        with pytest.raises(RequestFailed, match="no service answers"):
            list(uploader.run([tmp_path / "a.txt"]))
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_service_that_is_not_there_at_all_is_not_waited_for(folder):
    started = time.monotonic()
    result = CliRunner().invoke(app, ["ingest", str(folder), "--url", "http://127.0.0.1:1"])
    assert (result.exit_code, "no service answers" in result.stderr) == (1, True)
    assert time.monotonic() - started < 25, "waiting takes 31 seconds"


def test_a_document_that_was_deleted_meanwhile_is_no_reason_to_stop(service, documents, sheaf, folder):
    service.answers["GET /v1/jobs/job_1/result"] = problem(404, "not-found", "there is no such job")
    result = sheaf("ingest", folder, "--wait", "--json")
    assert [row["status"] for row in json.loads(result.stdout)] == ["cancelled", "succeeded", "succeeded"]


def test_a_schema_file_is_sent_as_the_schema_itself(documents, sheaf, folder, tmp_path):
    schema = tmp_path / "mine.json"
    schema.write_text('{"type": "object", "x": 1.50}')
    assert sheaf("ingest", folder / "a.txt", "--schema", schema).exit_code == 0
    assert b'{"type": "object", "x": 1.50}' in documents.forms[0]


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_a_schema_file_that_holds_none_is_refused(documents, sheaf, folder, tmp_path, content):
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    result = sheaf("ingest", folder / "a.txt", "--schema", tmp_path / "mine.json")
    assert result.exit_code == 2
    assert "mine.json" in result.stderr


def test_a_large_file_arrives_whole(documents, sheaf, tmp_path):
    content = bytes(range(256)) * 20_000
    (tmp_path / "large.bin").write_bytes(content)
    sheaf("ingest", tmp_path / "large.bin")
    assert content in documents.forms[0]
    assert hashlib.sha256(content).hexdigest() not in documents.keys, "the key is not the content's hash alone"
