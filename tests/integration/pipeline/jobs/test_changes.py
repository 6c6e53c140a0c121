"""Waiting for jobs to change."""

import asyncio
import time
from itertools import pairwise

import pytest
from sqlalchemy import insert

from pipeline.errors import DatabaseUnavailable
from pipeline.jobs.changes import JobChanges, look
from pipeline.stores.records import claims, documents, jobs, stages, workspaces
from pipeline.stores.records.tables import new_id
from tests.support.waiting import until


@pytest.fixture
def make_job(database):
    with database.write() as connection:
        workspaces.add_workspace(connection, id="ws_1", name="one", webhook_secret="")
        documents.add_document(
            connection,
            id="doc_1",
            workspace_id="ws_1",
            name="a",
            media_type="text/plain",
            collection=None,
            metadata={},
            blob_key="k",
            size=1,
            sha256="0" * 64,
        )

    def make():
        job_id = new_id("job")
        with database.write() as connection:
            connection.execute(
                insert(jobs.jobs).values(
                    id=job_id,
                    workspace_id="ws_1",
                    document_id="doc_1",
                    revision=1,
                    status="queued",
                    tasks=[],
                    metadata={},
                    priority=100,
                    sequence=0,
                    cancel_requested=False,
                    created_at=0.0,
                )
            )
            stages.add_stages(
                connection,
                job_id=job_id,
                workspace_id="ws_1",
                document_id="doc_1",
                priority=100,
                queues={"read": "read"},
                ready={"read"},
            )
        return job_id

    return make


def end(database, job_id):
    with database.write() as connection:
        jobs.mark_finished(connection, job_id, status="succeeded", problem=None, result_key=None, sequence=1)


def test_a_state_changes_with_job_stage_and_progress(database, make_job):
    job_id = make_job()
    states = [look(database, [job_id])]
    with database.write() as connection:
        stage = claims.claim_stage(connection, "read", worker="w", lease_seconds=9)
    states.append(look(database, [job_id]))
    with database.write() as connection:
        stages.renew_lease(connection, stage, lease_seconds=9, progress=0.5)
    states.append(look(database, [job_id]))
    end(database, job_id)
    states.append(look(database, [job_id]))
    assert all(before != after for before, after in pairwise(states))
    assert look(database, [job_id]) == states[-1]


def test_jobs_that_do_not_exist_have_no_state(database, make_job):
    job_id = make_job()
    assert look(database, [job_id, "job_none"]).keys() == {job_id}
    assert look(database, []) == {}


def run(database, scenario, poll_seconds=0.01):
    async def main():
        changes = JobChanges(database, poll_seconds)
        loop = asyncio.create_task(changes.run())
        try:
            async with asyncio.timeout(60):
                return await scenario(changes)
        finally:
            loop.cancel()

    return asyncio.run(main())


def test_a_waiter_is_woken_when_its_job_ends_and_no_other(database, make_job):
    mine, other = make_job(), make_job()

    async def scenario(changes):
        waiting = asyncio.create_task(changes.ended(mine))
        stranger = asyncio.create_task(changes.ended(other))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await asyncio.to_thread(end, database, mine)
        await waiting
        assert not stranger.done()
        stranger.cancel()

    run(database, scenario)


def test_the_first_look_is_a_change_and_the_next_one_only_if_it_is(database, make_job):
    job_id = make_job()

    async def scenario(changes):
        with changes.subscribe(job_id) as subscription:
            await subscription.changed()
            assert not subscription.ended
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await subscription.changed()
            await asyncio.to_thread(end, database, job_id)
            await subscription.changed()
            assert subscription.ended

    run(database, scenario)


def test_closing_wakes_everybody_and_those_who_come_later(database, make_job):
    job_id = make_job()

    async def scenario(changes):
        waiting = [asyncio.create_task(changes.ended(job_id)) for _ in range(3)]
        await asyncio.sleep(0.05)
        changes.close()
        await asyncio.gather(*waiting)
        await changes.ended(job_id)

    run(database, scenario)


class Counting:
    """A database that counts how often it is read, and is away at first."""

    def __init__(self, database, away=0):
        self._database = database
        self._away = away
        self.reads = 0

    def read(self):
        self.reads += 1
        if self.reads <= self._away:
            raise DatabaseUnavailable
        return self._database.read()


def test_many_waiters_cost_one_look_and_nobody_none(sqlite_database):
    database, poll = Counting(sqlite_database), 0.05

    async def scenario(changes):
        await asyncio.sleep(0.1)
        assert database.reads == 0
        waiting = [asyncio.create_task(changes.ended(f"job_{n}")) for n in range(200)]
        began = time.monotonic()
        await asyncio.to_thread(until, lambda: database.reads >= 3)
        assert database.reads <= 2 + (time.monotonic() - began) / poll, "a look for all of them, and not for each"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        before = -1
        while database.reads != before:  # the last look may still be under way
            before = database.reads
            await asyncio.sleep(4 * poll)

    run(database, scenario, poll)


def test_a_database_that_is_away_for_a_while_is_waited_for(database, make_job):
    job_id = make_job()
    end(database, job_id)
    flaky = Counting(database, away=3)
    run(flaky, lambda changes: changes.ended(job_id))
    assert flaky.reads > 3
