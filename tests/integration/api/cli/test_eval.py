"""`sheaf eval` against a stand-in of the service."""

import json
import re
import struct
import zlib
from pathlib import Path

import pytest

from tests.support.stand_in import problem

SCHEMA = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "x-sheaf-type": "id"},
        "total": {"type": "number", "x-sheaf-type": "money"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}},
    },
}


def png(width=400, height=500):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def field(value, confidence=0.9, **more):
    evidence = [{"kind": "page", "page": 2, "boxes": [[0.1, 0.2, 0.4, 0.25]], "quote": str(value)}]
    return {"value": value, "confidence": confidence, "grounded": True, "evidence": evidence, **more}


class Documents:
    """Answers each file with the fields that a test names."""

    def __init__(self, service):
        self.service = service
        self.read = {}
        self.uploads = []
        service.answers["POST /v1/documents"] = self.take
        service.answers["GET /health/live"] = (200, {"status": "ok"})
        service.answers["GET /v1/schemas/mine"] = (200, {"name": "mine", "version": 1, "schema": SCHEMA})

    def take(self, request):
        name = request.body.partition(b'filename="')[2].partition(b'"')[0].decode()
        if self.read[name] is None:
            return problem(415, "unsupported-type", "this type is not read")
        key = request.headers["idempotency-key"]
        self.uploads.append((name, key, request.body))
        job = f"job_{name}"
        self.service.answers[f"GET /v1/jobs/{job}/result"] = (200, self.result(job, self.read[name]))
        self.service.answers[f"GET /v1/documents/doc_{name}/pages/2.png"] = (200, png())
        return (202, {"document": {"id": f"doc_{name}"}, "job": {"id": job, "status": "queued"}})

    def result(self, job, fields):
        usage = {"seconds": 1.5, "cost": 0, "currency": None, "input_tokens": 0, "output_tokens": 0}
        return {
            "job_id": job, "status": "succeeded", "fields": fields, "usage": usage, "problem": None, "warnings": [],
            "completeness": {"pages_failed": []}, "produced_by": {"rules": "1"},
        }  # fmt: skip


@pytest.fixture
def documents(service):
    return Documents(service)


@pytest.fixture
def folder(tmp_path, documents):
    root = tmp_path / "labelled"
    root.mkdir()
    labels = [
        {
            "file": "a.pdf",
            "fields": {"number": "A-1", "/total": "1.200,50", "lines": [{"text": "one"}, {"text": "two"}]},
        },
        {"file": "b.pdf", "fields": {"number": "B-1", "total": 7}},
    ]
    (root / "labels.jsonl").write_text("\n".join(json.dumps(label) for label in labels))
    for name in ("a.pdf", "b.pdf"):
        (root / name).write_bytes(b"%PDF " + name.encode())
    documents.read = {
        "a.pdf": {"/number": field("A-1"), "/total": field(1200.5), "/lines/0/text": field("two")},
        "b.pdf": {"/number": field("<script>alert(1)</script>", 0.3, needs_review=True)},
    }
    return root


def report(name="report.json"):
    return json.loads(Path("eval-report", name).read_text())


def test_every_outcome_is_in_the_table_the_json_and_the_page(sheaf, folder):
    result = sheaf("eval", folder, "--schema", "mine")
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.startswith("/")}
    assert lines["/number"] == ["50.0%", "2", "1", "1", "0", "0"]
    assert lines["/total"] == ["50.0%", "2", "1", "0", "1", "0"]
    run = report()
    assert run["figures"]["overall"]["accuracy"] == 0.5
    assert run["figures"]["rows"]["/lines/*"]["missing"] == 1
    assert run["figures"]["confidence"]["above_review"] == {"share": 0.75, "accuracy": 1.0}
    assert [(miss["file"], miss["field"], miss["outcome"]) for miss in run["misses"]] == [
        ("a.pdf", "/lines/*/text", "missing"),
        ("b.pdf", "/number", "wrong"),
        ("b.pdf", "/total", "missing"),
    ]
    assert run["change"] is None


def test_the_page_stands_alone_and_shows_the_place_of_a_miss(sheaf, folder):
    sheaf("eval", folder, "--schema", "mine")
    page = Path("eval-report/index.html").read_text()
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#|data:image/png;base64,)", page)
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("data:image/png") == 1  # the page of the one miss with evidence; page 1 cannot be shown
    assert 'class="mark" x="40.0" y="100.0" width="120.0" height="25.0"' in page


def test_the_run_before_is_kept_and_what_changed_is_shown(sheaf, folder, documents):
    sheaf("eval", folder, "--schema", "mine")
    documents.read["b.pdf"] = {"/number": field("B-1"), "/total": field(7)}
    result = sheaf("eval", folder, "--schema", "mine")
    assert "+50.0" in result.stdout
    assert report()["change"] == {"": 0.3333, "/lines/*/text": 0.0, "/number": 0.5, "/total": 0.5}
    assert report("previous.json")["figures"]["overall"]["accuracy"] == 0.5
    keys = [key for name, key, _ in documents.uploads if name == "a.pdf"]
    assert len(set(keys)) == 2  # read anew, not answered from the first run


def test_an_interrupted_run_goes_on_where_it_was(sheaf, folder, documents):
    taken = documents.take

    def take(request):
        return problem(507, "storage-full", "the disk is full") if b"b.pdf" in request.body else taken(request)

    documents.service.answers["POST /v1/documents"] = take
    result = sheaf("eval", folder, "--schema", "mine", "--parallel", 1)
    assert result.exit_code != 0
    assert "1 of 2 done; run it again" in result.stderr
    documents.service.answers["POST /v1/documents"] = taken
    assert sheaf("eval", folder, "--schema", "mine").exit_code == 0
    assert [name for name, _, _ in documents.uploads] == ["a.pdf", "b.pdf"]
    assert not list(Path("eval-report").glob("unfinished*"))


def test_a_refused_file_counts_as_missing_with_its_reason(sheaf, folder, documents):
    documents.read["b.pdf"] = None
    result = sheaf("eval", folder, "--schema", "mine")
    assert result.exit_code == 0
    assert "b.pdf: refused (this type is not read)" in result.stdout
    assert report()["figures"]["fields"]["/number"]["missing"] == 1
    documents.read["a.pdf"] = None
    assert sheaf("eval", folder, "--schema", "mine").exit_code == 1


def test_only_extraction_is_asked_for(sheaf, folder, documents):
    sheaf("eval", folder, "--schema", "mine")
    assert all(b'name="tasks"\r\n\r\nextract\r\n' in body for _, _, body in documents.uploads)


def test_a_schema_of_a_file_is_used(sheaf, folder, documents, tmp_path):
    (tmp_path / "own.json").write_text(json.dumps(SCHEMA))
    assert sheaf("eval", folder, "--schema", tmp_path / "own.json").exit_code == 0
    assert b'"x-sheaf-type"' in documents.uploads[0][2]


def test_bad_labels_are_refused_before_anything_is_sent(sheaf, folder, documents):
    with (folder / "labels.jsonl").open("a") as labels:
        labels.write('\n{"file": "a.pdf", "fields": {"colour": "red"}}')
    result = sheaf("eval", folder, "--schema", "mine")
    assert result.exit_code == 2
    assert re.search(r"labels\.jsonl, line 3: the schema has no field 'colour'", result.stderr)
    assert documents.uploads == []


def test_a_foreign_report_folder_is_not_written_over(sheaf, folder, tmp_path):
    Path("eval-report").mkdir()
    Path("eval-report/report.json").write_text("[]")
    result = sheaf("eval", folder, "--schema", "mine")
    assert result.exit_code == 2
    assert "is not a report" in result.stderr
