"""When a reading is used again, and when the document is read anew."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.jobs.accept import accept_again
from pipeline.jobs.cancel import retry
from pipeline.jobs.handlers.read import Read
from pipeline.jobs.options import JobOptions
from pipeline.services import Services
from pipeline.settings import Reading
from pipeline.stores.records import jobs, stages
from pipeline.stores.records.database import Database
from schemas.documents import Document, Page
from tests.support.services import WORKSPACE, handlers, make_services, submit, work_all


@dataclass
class Pages:
    """Stands for the reader: as many pages as asked for, of which those in `failing` cannot be read."""

    failing: set[int] = field(default_factory=set)
    calls: int = 0

    def read(self, source: object, **options: Any) -> Document:
        self.calls += 1
        pages = [
            Page(number=number, width=1, height=1, source="none", problem="torn" if number in self.failing else None)
            for number in (1, 2, 3)
        ]
        return Document(shape="pages", media_type="application/pdf", pages=pages)


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path) -> Iterator[Services]:
    made = replace(make_services(sqlite_database, tmp_path), reader=Pages())  # type: ignore[arg-type]  # a stand-in
    yield made
    made.vectors.close()


def work(services: Services) -> int:
    return work_all(services, handlers(read=Read()))


def status(services: Services, job_id: str) -> str:
    with services.database.read() as connection:
        job = jobs.get_job(connection, job_id)
    assert job is not None
    return job.status


def again(services: Services, document_id: str) -> str:
    return accept_again(services, document_id, JobOptions(), workspace_id=WORKSPACE, actor="test")


def test_a_document_is_read_once_for_any_number_of_jobs(services: Services) -> None:
    accepted = submit(services)
    work(services)
    job_id = again(services, accepted.document_id)
    work(services)
    assert status(services, job_id) == "succeeded"
    assert services.reader.calls == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changed",
    [
        Reading(ocr_side_px=960),
        Reading(max_pixels=1_000_000),
        Reading(embedded=False),
        Reading(max_embedded_bytes=1_000),
    ],
)
def test_a_setting_that_changes_what_is_found_has_it_read_anew(services: Services, changed: Reading) -> None:
    accepted = submit(services)
    work(services)
    settings = services.settings.model_copy(update={"reading": changed})
    again(services, accepted.document_id)
    work(replace(services, settings=settings))
    assert services.reader.calls == 2  # type: ignore[attr-defined]


def test_a_setting_that_only_refuses_does_not(services: Services) -> None:
    accepted = submit(services)
    work(services)
    settings = services.settings.model_copy(update={"reading": Reading(max_pages=3)})
    again(services, accepted.document_id)
    work(replace(services, settings=settings))
    assert services.reader.calls == 1  # type: ignore[attr-defined]


def test_a_retry_reads_pages_that_failed_and_works_on_what_was_found(services: Services) -> None:
    services.reader.failing = {2}  # type: ignore[attr-defined]
    accepted = submit(services)
    everything = work(services)
    assert status(services, accepted.job_id) == "partial"

    services.reader.failing = set()  # type: ignore[attr-defined]
    retry(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
    assert work(services) == everything
    assert status(services, accepted.job_id) == "succeeded"
    assert services.reader.calls == 2  # type: ignore[attr-defined]


def test_a_page_that_fails_again_leaves_the_job_partial_and_retryable(services: Services) -> None:
    services.reader.failing = {2}  # type: ignore[attr-defined]
    accepted = submit(services)
    work(services)
    for calls in (2, 3):
        retry(services, accepted.job_id, workspace_id=WORKSPACE, actor="test")
        work(services)
        assert status(services, accepted.job_id) == "partial"
        assert services.reader.calls == calls  # type: ignore[attr-defined]


def test_another_job_gets_no_reading_that_lacks_pages(services: Services) -> None:
    services.reader.failing = {2}  # type: ignore[attr-defined]
    accepted = submit(services)
    work(services)
    services.reader.failing = set()  # type: ignore[attr-defined]
    job_id = again(services, accepted.document_id)
    work(services)
    assert status(services, job_id) == "succeeded"
    with services.database.read() as connection:
        assert {stage.status for stage in stages.list_stages(connection, job_id)} == {"succeeded"}
