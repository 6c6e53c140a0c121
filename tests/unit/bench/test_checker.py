"""The checker of the chaos bench finds each kind of broken promise, and nothing where all were kept."""

from dataclasses import replace
from typing import Any

import pytest

from bench.faults.checker import check, percentile
from bench.faults.history import Accepted, Event, Fault, Recovered, Result, Webhook
from bench.faults.state import Job, Stage, State

NOW = 1_000_000.0
ACCEPTED = Accepted(key="k1", job_id="job_1", document_id="doc_1", sha256="aa", marker="INV-1", at=NOW)
RESULT = Result(job_id="job_1", status="succeeded", marker="INV-1", digest="d1", at=NOW + 2)
WEBHOOK = Webhook(job_id="job_1", webhook_id="evt_1", type="job.succeeded", sequence=1, at=NOW + 2)
FAULT = Fault(number=1, kind="kill-worker", target="worker", at=NOW + 1)
RECOVERED = Recovered(number=1, at=NOW + 4)
HISTORY: list[Event] = [ACCEPTED, RESULT, WEBHOOK, FAULT, RECOVERED]

JOB = Job(
    id="job_1",
    document_id="doc_1",
    status="succeeded",
    created_at=NOW,
    finished_at=NOW + 2,
    problem=None,
    ended=1,
    results=1,
    events=1,
)
STAGE = Stage(job_id="job_1", name="read", status="succeeded", worker="w", started_at=NOW + 1)
STATE = State(jobs=[JOB], stages=[STAGE], keys={"k1": "job_1"}, documents={"doc_1": "aa"})


def without(event: Event) -> list[Event]:
    return [each for each in HISTORY if each is not event]


def test_a_run_that_kept_every_promise_has_no_findings() -> None:
    findings = check(HISTORY, STATE)
    assert findings.wrong() == []
    assert findings.accepted == 1
    assert findings.recovery == {"kill-worker": [3.0]}


def test_a_webhook_or_a_202_that_came_twice_with_the_same_id_is_no_double() -> None:
    assert check([*HISTORY, replace(WEBHOOK, at=NOW + 3), replace(ACCEPTED, at=NOW + 3)], STATE).wrong() == []


@pytest.mark.parametrize(
    ("events", "state", "word"),
    [
        (HISTORY, replace(STATE, jobs=[], stages=[], keys={}), "no such job"),
        (HISTORY, replace(STATE, documents={"doc_1": "bb"}), "not stored as it was sent"),
        (HISTORY, replace(STATE, documents={"doc_1": None}), "not stored as it was sent"),
        (HISTORY, replace(STATE, jobs=[replace(JOB, status="failed", problem="worker-lost")]), "failed (worker-lost)"),
        (without(RESULT), STATE, "never seen"),
        ([*without(RESULT), replace(RESULT, marker="INV-2")], STATE, "says INV-2"),
        (without(WEBHOOK), STATE, "no webhook"),
    ],
)
def test_what_was_accepted_and_is_not_there_is_lost(events: list[Event], state: State, word: str) -> None:
    findings = check(events, state)
    assert len(findings.lost) == 1
    assert word in findings.lost[0]
    assert not findings.doubled


SECOND = replace(JOB, id="job_2", document_id="doc_2")
BOTH = replace(STATE, jobs=[JOB, SECOND], documents={"doc_1": "aa", "doc_2": "aa"})


@pytest.mark.parametrize(
    ("events", "state", "word"),
    [
        ([*HISTORY, replace(ACCEPTED, job_id="job_2")], replace(BOTH, keys={"k1": "job_1", "k2": "job_2"}), "stands"),
        (HISTORY, BOTH, "no key stands for it"),
        (HISTORY, replace(STATE, jobs=[replace(JOB, ended=2)]), "ended 2 times"),
        (HISTORY, replace(STATE, jobs=[replace(JOB, results=2)]), "got a result 2 times"),
        (HISTORY, replace(STATE, jobs=[replace(JOB, events=2)]), "announced 2 times"),
        ([*HISTORY, replace(RESULT, digest="d2")], STATE, "2 different results"),
        ([*HISTORY, replace(WEBHOOK, webhook_id="evt_2")], STATE, "2 different webhook-ids"),
    ],
)
def test_what_came_about_twice_is_doubled(events: list[Event], state: State, word: str) -> None:
    findings = check(events, state)
    assert any(word in sentence for sentence in findings.doubled)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"jobs": [replace(JOB, status="running", finished_at=None)]}, "job_1: still running"),
        ({"stages": [replace(STAGE, status="ready")]}, "job_1/read: still ready"),
        ({"waiting": ["dlv_1"]}, "dlv_1: not delivered"),
    ],
)
def test_what_has_not_ended_is_stuck(changed: dict[str, Any], word: str) -> None:
    findings = check(HISTORY, replace(STATE, **changed))
    assert findings.stuck == [word]
    assert not findings.doubled


@pytest.mark.parametrize("off", [-600, 600])
def test_a_time_of_a_clock_that_is_off_is_found_on_stages_and_jobs(off: int) -> None:
    stage = replace(STAGE, started_at=NOW + off)
    assert check(HISTORY, replace(STATE, stages=[stage])).misdated == [
        "job_1/read: was started outside the run, says w"
    ]
    job = replace(JOB, finished_at=NOW + off)
    assert len(check(HISTORY, replace(STATE, jobs=[job])).misdated) == 1


def test_a_fault_whose_harm_does_not_end_is_told_and_has_no_time() -> None:
    findings = check(without(RECOVERED), STATE)
    assert findings.unrecovered == ["fault 1, kill-worker of worker: its harm was not seen to end"]
    assert findings.recovery == {}


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([4, 1, 3, 2], 0.5) == 2
