from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

import examples
from examples.demo.comparison import Difference
from examples.demo.expectations import (
    EXAMPLES,
    FOLDER_FILES,
    QUESTIONS,
    Example,
    check_answer,
    check_folder,
    check_result,
)
from schemas import catalogue

EXAMPLE = Example(file="a.pdf", schema="receipt", data={"total": Decimal("12.50")})
RECORDING = Example(file="m.flac", schema="meeting", data=None)
PLACE = {"kind": "page", "page": 1, "boxes": [[0.1, 0.1, 0.2, 0.2]], "quote": "12.50"}
SPOKEN = {"kind": "time", "start": 1.0, "end": 2.0, "quote": "hello"}


def field(value: object, place: dict) -> dict:
    return {"value": value, "grounded": True, "evidence": [place]}


def result(**changed) -> dict:
    return {
        "status": "succeeded",
        "quality": "normal",
        "document": {"pages": 2, "seconds": None},
        "completeness": {"complete": True},
        "data": {"total": Decimal("12.50")},
        "fields": {"/total": field(Decimal("12.50"), PLACE)},
        "summary": {"text": "x", "points": ["x"], "evidence": [PLACE]},
    } | changed


def recording(**changed) -> dict:
    spoken = {
        "quality": "draft",
        "document": {"pages": None, "seconds": 36.0},
        "fields": {"/title": field("hello", SPOKEN)},
        "summary": {"text": "hello", "points": ["hello"], "evidence": [SPOKEN]},
    }
    return result(**(spoken | changed))


def segments(*times: tuple[float, float]) -> dict:
    return {"segments": [{"start": start, "end": end} for start, end in times]}


def where(differences: object) -> list[str]:
    return [difference.where for difference in differences if isinstance(difference, Difference)]


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.data], ids=lambda example: example.file)
def test_what_is_expected_fits_the_schema_it_is_read_against(example: Example) -> None:
    validator = jsonschema.Draft202012Validator(catalogue.load(example.schema))
    plain = plain_numbers(example.data)
    assert [error.message for error in validator.iter_errors(plain)] == []


def plain_numbers(value: object) -> object:
    if isinstance(value, dict):
        return {name: plain_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain_numbers(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_right_result_has_no_differences() -> None:
    assert where(check_result(EXAMPLE, result(), {})) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"status": "partial"}, "status"),
        ({"completeness": {"complete": False}}, "complete"),
        ({"data": {"total": Decimal("12.51")}}, "/total"),
        ({"data": {"total": Decimal("12.50"), "merchant": "Nobody"}}, "/merchant"),
        ({"summary": None}, "summary"),
        ({"fields": {"/total": field(12, PLACE) | {"evidence": []}}}, "/total"),
        ({"fields": {"/total": field(12, PLACE) | {"grounded": False}}}, "/total"),
        ({"fields": {"/total": field(12, PLACE | {"page": 3})}}, "/total"),
        ({"fields": {"/total": field(12, PLACE | {"boxes": []})}}, "/total"),
        ({"fields": {"/total": field(12, PLACE | {"boxes": [[0.1, 0.1, 1.2, 0.2]]})}}, "/total"),
    ],
)
def test_whatever_is_wrong_with_a_result_is_named(changed: dict, named: str) -> None:
    assert where(check_result(EXAMPLE, result(**changed), {})) == [named]


def test_the_right_recording_has_no_differences() -> None:
    assert where(check_result(RECORDING, recording(), segments((0.5, 3.0), (3.0, 9.0)))) == []


@pytest.mark.parametrize(
    ("changed", "times", "named"),
    [
        ({"quality": "normal"}, [(0.5, 3.0)], "quality"),
        ({"document": {"pages": None, "seconds": 12.0}}, [(0.5, 3.0)], "seconds"),
        ({}, [(4.0, 9.0), (0.5, 3.0)], "segments"),
        ({"fields": {}, "summary": {"points": ["x"], "evidence": [SPOKEN]}}, [(1.5, 3.0)], "evidence"),
    ],
)
def test_whatever_is_wrong_with_a_recording_is_named(changed: dict, times: list, named: str) -> None:
    assert where(check_result(RECORDING, recording(**changed), segments(*times))) == [named]


def files(**changed) -> list[dict]:
    return [{"path": path, "status": "succeeded", "problem": None} | changed.get(path[:5], {}) for path in FOLDER_FILES]


def test_the_folder_holds_the_files_that_are_expected() -> None:
    folder = Path(examples.__file__).parent / "folder"
    assert sorted(path.name for path in folder.iterdir()) == FOLDER_FILES


def test_a_folder_of_ingested_files_has_no_differences() -> None:
    assert where(check_folder(files())) == []


def test_a_failed_or_missing_file_is_named_with_its_reason() -> None:
    (failed,) = check_folder(files(board={"status": "failed", "problem": {"detail": "damaged"}}))
    assert (failed.document, failed.found) == ("board_minutes.docx", "failed: damaged")
    assert where(check_folder(files()[1:])) == ["files"]


def answer(**changed) -> dict:
    citation = {"document_name": QUESTIONS[0].document, "quote": QUESTIONS[0].words[0]}
    return {"answered": True, "text": f"It is {QUESTIONS[0].words[0]}.", "citations": [citation]} | changed


def test_an_answer_with_the_right_words_and_citation_is_right() -> None:
    assert where(check_answer(QUESTIONS[0], answer())) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"answered": False},
        {"citations": []},
        {"text": "No.", "citations": [{"document_name": "refund_policy.md", "quote": ""}]},
    ],
)
def test_an_answer_without_words_or_citation_is_wrong(changed: dict) -> None:
    assert where(check_answer(QUESTIONS[0], answer(**changed)))
