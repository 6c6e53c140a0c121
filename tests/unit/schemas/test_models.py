"""The words: what the models take, and what they give."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas import catalogue
from schemas.answers import Filters, SearchRequest
from schemas.batches import BatchRequest
from schemas.documents import Cell, Document, Page, Table, Words
from schemas.evidence import CellEvidence, Evidence, PageEvidence, TextEvidence, TimeEvidence
from schemas.jobs import TASKS, TERMINAL, JobRequest
from schemas.problems import Problem
from schemas.webhooks import EVENT_TYPES, EndpointRequest

EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)


@pytest.mark.parametrize(
    "evidence",
    [
        PageEvidence(page=1, boxes=[(0, 0, 1, 1)], quote="q"),
        TimeEvidence(start=0.0, end=1.5, quote="q"),
        TextEvidence(start=0, end=1, quote="q"),
        CellEvidence(sheet="S", ref="B7", quote="q"),
    ],
)
def test_evidence_is_told_apart_by_its_kind(evidence: Evidence) -> None:
    assert EVIDENCE.validate_json(evidence.model_dump_json()) == evidence


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "page", "page": 0, "boxes": [], "quote": ""},
        {"kind": "time", "start": -1, "end": 0, "quote": ""},
        {"kind": "place", "quote": ""},
        {"kind": "text", "start": 0, "end": 1, "quote": "", "page": 1},
    ],
)
def test_evidence_of_no_kind_or_place_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EVIDENCE.validate_python(wrong)


def test_a_tables_grid_has_each_text_at_its_top_left() -> None:
    cells = [Cell(row=0, column=0, column_span=2, text="both"), Cell(row=1, column=1, text="b")]
    assert Table(rows=2, columns=2, cells=cells).grid() == [["both", ""], ["", "b"]]


def test_words_are_columns_with_boxes() -> None:
    words = Words(text=["a"], x0=[0.1], y0=[0.2], x1=[0.3], y1=[0.4], line=[0])
    assert (len(words), words.box(0)) == (1, (0.1, 0.2, 0.3, 0.4))


def test_a_document_names_its_failed_pages() -> None:
    pages = [
        Page(number=number, width=1, height=1, source="none", problem="damaged" if number == 2 else None)
        for number in (1, 2, 3)
    ]
    assert Document(shape="pages", media_type="application/pdf", pages=pages).pages_failed == [2]


@pytest.mark.parametrize("tasks", ["extract, index", ["extract", "index"]])
def test_tasks_come_as_a_list_or_a_text(tasks: object) -> None:
    request = JobRequest.model_validate({"document_id": "doc_1", "schema": "invoice", "tasks": tasks})
    assert (request.tasks, request.schema_) == (["extract", "index"], "invoice")
    assert BatchRequest.model_validate({"source": "x", "tasks": tasks}).tasks == ["extract", "index"]


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (JobRequest, {"document_id": "doc_1", "tasks": "translate"}),
        (JobRequest, {"document_id": "doc_1", "taks": "extract"}),
        (JobRequest, {"document_id": ""}),
        (BatchRequest, {"source": ""}),
        (BatchRequest, {"source": "x", "pattern": "x" * 256}),
        (SearchRequest, {"query": ""}),
        (SearchRequest, {"query": "x", "limit": 101}),
        (Filters, {"colection": "x"}),
        (EndpointRequest, {"url": "https://x", "events": []}),
        (EndpointRequest, {"url": "https://x", "events": ["job.done"]}),
    ],
)
def test_requests_with_a_wrong_word_are_refused(model: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(wrong)


def test_problems_carry_further_facts() -> None:
    problem = Problem.model_validate({"type": "urn:sheaf:problem:x", "title": "X.", "limit": 5})
    assert problem.model_dump(exclude_none=True) == {"type": "urn:sheaf:problem:x", "title": "X.", "limit": 5}


def test_every_end_of_a_job_has_its_event() -> None:
    assert {f"job.{status}" for status in TERMINAL} | {"document.deleted", "batch.finished"} == set(EVENT_TYPES)
    assert TASKS == ("extract", "summarize", "index")


def test_the_catalogue_gives_each_schema_fresh() -> None:
    assert catalogue.names() == sorted(
        ["invoice", "receipt", "contract", "form", "bank_statement", "resume", "meeting"]
    )
    catalogue.load("invoice")["title"] = "changed"
    assert catalogue.load("invoice")["title"] != "changed"
    for name in ("none", "../invoice", ""):
        with pytest.raises(KeyError):
            catalogue.load(name)
