"""When a job may be called complete."""

from typing import Any

import pytest

from pipeline.jobs.verdict import completeness, first_problem, verdict

READ: dict[str, Any] = {"pages_total": 3, "pages_failed": []}
DONE = {"read": "succeeded", "extract": "succeeded", "summarize": "succeeded"}


def rows(counted: int | None, returned: int) -> dict[str, Any]:
    return {"data": {}, "rows": {"/line_items": {"counted": counted, "returned": returned}}}


def test_everything_read_and_every_row_there_is_complete() -> None:
    complete = completeness(READ, rows(40, 40))
    assert complete.complete
    assert (complete.pages_read, complete.pages_total) == (3, 3)
    assert verdict(DONE, complete, rows(40, 40)) == ("succeeded", [])


@pytest.mark.parametrize("returned", [39, 41])
def test_another_number_of_rows_than_counted_is_partial(returned: int) -> None:
    extraction = rows(40, returned)
    complete = completeness(READ, extraction)
    status, notices = verdict(DONE, complete, extraction)
    assert not complete.complete
    assert status == "partial"
    assert [(notice.code, notice.where) for notice in notices] == [("rows-missing", "/line_items")]


def test_rows_that_could_not_be_counted_say_nothing() -> None:
    assert completeness(READ, rows(None, 7)).complete


def test_a_failed_page_is_partial_and_named() -> None:
    complete = completeness({"pages_total": 3, "pages_failed": [2]}, None)
    status, notices = verdict(DONE, complete, None)
    assert complete.pages_read == 2
    assert status == "partial"
    assert "2" in notices[0].message


def test_a_cut_answer_is_partial() -> None:
    extraction = {"data": {}, "rows": {}, "truncated": True}
    assert verdict(DONE, completeness(READ, extraction), extraction)[0] == "partial"


def test_a_summary_that_the_model_did_not_write_is_partial() -> None:
    summary = {"text": "Chosen.", "truncated": True}
    complete = completeness(READ, rows(40, 40), summary)
    status, notices = verdict(DONE, complete, rows(40, 40), summary)
    assert (complete.complete, complete.truncated) == (False, True)
    assert (status, [notice.code for notice in notices]) == ("partial", ["summary-truncated"])


@pytest.mark.parametrize(
    "code",
    [
        *("recording-damaged", "recording-incomplete", "encoding-damaged"),
        *("attachments-not-read", "charts-not-read", "formulas-without-values", "only-pictures"),
    ],
)
def test_a_document_of_which_a_part_is_lost_is_partial(code: str) -> None:
    damaged = {"pages_total": None, "warnings": [{"code": code, "message": "cut"}]}
    complete = completeness(damaged, None)
    status, notices = verdict(DONE, complete, None)
    assert not complete.complete
    assert (status, [notice.code for notice in notices]) == ("partial", ["content-missing"])


@pytest.mark.parametrize(
    "code", ["encoding-guessed", "page-damaged", "pictures-not-read", "hidden-sheets", "hidden-slides", "no-speech"]
)
def test_what_may_be_wrong_or_was_read_after_all_is_a_warning_only(code: str) -> None:
    complete = completeness({"pages_total": None, "warnings": [{"code": code, "message": "look"}]}, None)
    assert verdict(DONE, complete, None) == ("succeeded", [])


def test_no_valid_data_is_partial() -> None:
    extraction = {"data": None, "rows": {}}
    assert verdict(DONE, completeness(READ, extraction), extraction)[0] == "partial"


def test_one_failed_task_is_partial_all_of_them_is_failed() -> None:
    complete = completeness(READ, None)
    assert verdict({**DONE, "extract": "failed"}, complete, None)[0] == "partial"
    assert verdict({"read": "succeeded", "extract": "failed", "annotate": "skipped"}, complete, None)[0] == "failed"


def test_an_unread_document_is_failed_and_never_complete() -> None:
    complete = completeness(None, None)
    assert not complete.complete
    assert verdict({**DONE, "read": "failed"}, complete, None)[0] == "failed"


def test_the_first_problem_in_the_jobs_course_is_the_jobs() -> None:
    problems = {"summarize": {"type": "b"}, "read": {"type": "a"}, "extract": None}
    assert first_problem(problems) == {"type": "a"}
    assert first_problem({}) is None


def test_pages_without_their_pictures_are_partial_and_named() -> None:
    complete = completeness(READ, None)
    assert verdict(DONE, complete, None, None, {"chunks": 3, "pages_missing": []}) == ("succeeded", [])
    status, (notice,) = verdict(DONE, complete, None, None, {"pages_missing": list(range(1, 31))})
    assert (status, notice.code) == ("partial", "pages-not-indexed")
    assert "1, 2, 3" in notice.message
    assert notice.message.endswith("20 and 10 more.")
