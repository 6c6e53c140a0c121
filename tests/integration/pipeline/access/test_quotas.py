"""How much a workspace may send and have open."""

import threading
from pathlib import Path

import pytest

from pipeline.access.limits import check_room
from pipeline.errors import QuotaExceeded
from pipeline.jobs.accept import accept, accept_again
from pipeline.jobs.cancel import cancel, retry
from pipeline.jobs.options import JobOptions
from pipeline.jobs.sweep import tidy
from pipeline.settings import Limits
from pipeline.stores.records import jobs, quotas
from pipeline.stores.records.tables import current_time
from tests.support.services import WORKSPACE, handlers, make_services, text_upload, work_all

NONE = Limits(**dict.fromkeys(Limits.model_fields, 0))


@pytest.fixture
def services(database, tmp_path: Path):
    made = make_services(database, tmp_path)
    yield made
    made.vectors.close()


def send(services, content=b"some words", key=None, **limits):
    return accept(
        services,
        text_upload(content),
        JobOptions(),
        workspace_id=WORKSPACE,
        actor="test",
        idempotency_key=key,
        limits=NONE.model_copy(update=limits),
    )


def used(services):
    with services.database.read() as connection:
        return quotas.used(connection, WORKSPACE)


def blobs(services):
    return sum(path.is_file() for path in (services.settings.data_dir / "blobs").rglob("*"))


def test_the_last_document_of_the_day_is_taken_and_the_next_one_is_not(services):
    for _ in range(2):
        send(services, documents_per_day=2)
    with pytest.raises(QuotaExceeded) as refused:
        send(services, documents_per_day=2)
    facts = refused.value.facts
    with services.database.read() as connection:
        left = 86_400 - current_time(connection) % 86_400
    assert (facts["quota"], facts["limit"]) == ("documents_per_day", 2)
    assert facts["retry_after"] == pytest.approx(left, abs=10)
    assert used(services).documents == 2
    assert blobs(services) == 2, "nothing is left of a file that is refused"


def test_bytes_are_counted_to_the_last_one(services):
    send(services, b"x" * 60, bytes_per_day=100)
    with pytest.raises(QuotaExceeded):
        send(services, b"x" * 41, bytes_per_day=100)
    send(services, b"x" * 40, bytes_per_day=100)
    assert used(services) == quotas.Used(documents=2, bytes=100)


def test_open_jobs_stand_in_the_way_until_they_end(services):
    accepted = send(services, open_jobs=1)
    with pytest.raises(QuotaExceeded) as refused:
        send(services, open_jobs=1)
    assert refused.value.facts["quota"] == "open_jobs"
    one_more = {"workspace_id": WORKSPACE, "actor": "test", "limits": NONE.model_copy(update={"open_jobs": 1})}
    with pytest.raises(QuotaExceeded):
        accept_again(services, accepted.document_id, JobOptions(), **one_more)
    work_all(services, handlers())
    accept_again(services, accepted.document_id, JobOptions(), **one_more)


def test_a_repeated_request_is_answered_although_the_quota_is_used_up(services):
    first = send(services, key="k", documents_per_day=1)
    again = send(services, key="k", documents_per_day=1)
    assert (again.job_id, again.created) == (first.job_id, False)
    assert used(services).documents == 1, "and it is not counted twice"


def test_what_comes_without_limits_is_counted_and_never_refused(services):
    for _ in range(3):
        accept(services, text_upload(b"a"), JobOptions(), workspace_id=WORKSPACE, actor="watch")
    assert used(services).documents == 3
    with pytest.raises(QuotaExceeded):
        send(services, documents_per_day=3)


def test_uploads_at_once_do_not_get_past_the_quota_together(services):
    taken, refused = [], []

    def upload():
        try:
            taken.append(send(services, documents_per_day=3))
        except QuotaExceeded:
            refused.append(1)

    threads = [threading.Thread(target=upload) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (3, 9)
    assert used(services).documents == 3


def again(services, document_id, **limits):
    """What is run again."""
    given = NONE.model_copy(update=limits)
    return accept_again(services, document_id, JobOptions(), workspace_id=WORKSPACE, actor="test", limits=given)


def test_jobs_without_an_upload_have_a_quota_of_their_own(services):
    document_id = send(services).document_id
    for _ in range(2):
        again(services, document_id, reruns_per_day=2, documents_per_day=1)
    with pytest.raises(QuotaExceeded) as refused:
        again(services, document_id, reruns_per_day=2)
    facts = refused.value.facts
    assert (facts["quota"], facts["limit"]) == ("reruns_per_day", 2)
    assert 0 < facts["retry_after"] <= 86_400
    send(services, reruns_per_day=1)
    assert used(services) == quotas.Used(documents=2, bytes=20, reruns=2)
    with services.database.read() as connection:
        assert len(jobs.list_jobs(connection, WORKSPACE)) == 4, "nothing is left of what was refused"


def test_a_retry_is_one_of_them_and_leaves_its_job_as_it_was_when_it_is_refused(services):
    job_id = send(services).job_id
    limits = NONE.model_copy(update={"reruns_per_day": 1})
    cancel(services, job_id, workspace_id=WORKSPACE, actor="test")
    retry(services, job_id, workspace_id=WORKSPACE, actor="test", limits=limits)
    cancel(services, job_id, workspace_id=WORKSPACE, actor="test")
    with pytest.raises(QuotaExceeded):
        retry(services, job_id, workspace_id=WORKSPACE, actor="test", limits=limits)
    assert used(services).reruns == 1
    with services.database.read() as connection:
        assert jobs.get_job(connection, job_id).status == "cancelled"
    retry(services, job_id, workspace_id=WORKSPACE, actor="test")
    assert used(services).reruns == 2, "who has no limits is counted"


def test_a_retry_opens_a_job_and_leaves_it_as_it_was_where_too_many_are_open(services):
    ended = send(services).job_id
    cancel(services, ended, workspace_id=WORKSPACE, actor="test")
    send(services)
    limits = NONE.model_copy(update={"open_jobs": 1})
    with pytest.raises(QuotaExceeded) as refused:
        retry(services, ended, workspace_id=WORKSPACE, actor="test", limits=limits)
    assert (refused.value.facts["quota"], refused.value.facts["retry_after"]) == ("open_jobs", 30)
    assert used(services).reruns == 0
    with services.database.read() as connection:
        assert jobs.get_job(connection, ended).status == "cancelled"
    retry(services, ended, workspace_id=WORKSPACE, actor="test", limits=limits.model_copy(update={"open_jobs": 2}))


def at_once(times, run):
    """Run it so often at a time; how often it was refused."""
    refused = []

    def one(number):
        try:
            run(number)
        except QuotaExceeded:
            refused.append(number)

    threads = [threading.Thread(target=one, args=[number]) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(refused)


def test_jobs_run_again_at_once_do_not_get_past_the_quota_together(services):
    document_id = send(services).document_id
    assert at_once(8, lambda _: again(services, document_id, reruns_per_day=3)) == 5
    assert used(services).reruns == 3


def test_jobs_and_retries_at_once_do_not_get_past_the_open_jobs_together(services):
    accepted = [send(services) for _ in range(8)]
    for one in accepted:
        cancel(services, one.job_id, workspace_id=WORKSPACE, actor="test")
    limits = NONE.model_copy(update={"open_jobs": 3})

    def run(number):
        if number % 2:
            again(services, accepted[number].document_id, open_jobs=3)
        else:
            retry(services, accepted[number].job_id, workspace_id=WORKSPACE, actor="test", limits=limits)

    assert at_once(8, run) == 5
    with services.database.read() as connection:
        assert quotas.count_open_jobs(connection, WORKSPACE, at_most=99) == 3


def test_room_can_be_asked_for_before_the_bytes_come(services):
    send(services, b"x" * 60)
    with services.database.read() as connection:
        check_room(connection, WORKSPACE, NONE.model_copy(update={"bytes_per_day": 100}), size=40)
        with pytest.raises(QuotaExceeded):
            check_room(connection, WORKSPACE, NONE.model_copy(update={"bytes_per_day": 100}), size=41)


def test_days_that_are_over_are_forgotten(services):
    send(services)
    with services.database.write() as connection:
        connection.execute(quotas.daily_quotas.update().values(day="2020-01-01"))
    assert used(services) == quotas.Used(documents=0, bytes=0)
    tidy(services)
    with services.database.read() as connection:
        assert connection.execute(quotas.daily_quotas.select()).all() == []
