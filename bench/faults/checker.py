"""Whether a run kept the promises: a function of its history and of what the database held at its end, no more.

- lost: accepted, and there is no job, no file as it was sent, no result of this very document, or no webhook;
- doubled: two jobs for one key, or a job that ended, was announced, or has a result, more than once;
- stuck: a job, a stage or a delivery that has not ended;
- misdated: a time in the database that lies outside the run, so that it came from a clock that was off.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.faults.history import Accepted, Event, Fault, Recovered, Result, Webhook
from bench.faults.state import TERMINAL, Job, State

SLACK_SECONDS = 30.0
"""How far a time may lie outside the run: far less than the clocks are off."""

Kind = TypeVar("Kind")


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What went wrong, a sentence each; all empty when nothing did."""

    accepted: int
    lost: list[str]
    doubled: list[str]
    stuck: list[str]
    misdated: list[str]
    unrecovered: list[str]
    recovery: dict[str, list[float]]
    """Kind of fault → seconds until its harm was over."""

    def wrong(self) -> list[str]:
        """All of it."""
        return [*self.lost, *self.doubled, *self.stuck, *self.misdated, *self.unrecovered]


def check(events: Sequence[Event], state: State) -> Findings:
    """Hold what was seen against what is there."""
    accepted = _of(Accepted, events)
    return Findings(
        accepted=len({each.key for each in accepted}),
        lost=sorted(set(_lost(accepted, events, state))),
        doubled=sorted(set(_doubled(accepted, events, state))),
        stuck=sorted(set(_stuck(state))),
        misdated=sorted(set(_misdated(events, state))),
        unrecovered=list(_unrecovered(events)),
        recovery=_recovery(events),
    )


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that so large a share of all do not exceed (nearest rank); `None` of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _of(kind: type[Kind], events: Iterable[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def _lost(accepted: list[Accepted], events: Sequence[Event], state: State) -> Iterator[str]:
    jobs = {job.id: job for job in state.jobs}
    results = {result.job_id: result for result in _of(Result, events)}
    announced = {webhook.job_id for webhook in _of(Webhook, events)}
    for each in accepted:
        job = jobs.get(each.job_id)
        if job is None:
            yield f"{each.job_id}: accepted, and there is no such job"
            continue
        if state.documents.get(job.document_id) != each.sha256:
            yield f"{each.job_id}: its file is not stored as it was sent"
        if job.status in TERMINAL:
            yield from _without_outcome(each, job, results.get(each.job_id), announced=each.job_id in announced)


def _without_outcome(each: Accepted, job: Job, result: Result | None, *, announced: bool) -> Iterator[str]:
    if job.status != "succeeded":
        yield f"{job.id}: ended as {job.status} ({job.problem})"
    elif result is None:
        yield f"{job.id}: ended, and its result was never seen"
    elif result.marker != each.marker:
        yield f"{job.id}: its result says {result.marker} where the document says {each.marker}"
    if not announced:
        yield f"{job.id}: ended, and no webhook came"


def _doubled(accepted: list[Accepted], events: Sequence[Event], state: State) -> Iterator[str]:
    for each in accepted:
        if state.keys.get(each.key, each.job_id) != each.job_id:
            yield f"{each.key}: accepted as {each.job_id}, and stands for {state.keys[each.key]}"
    known = set(state.keys.values())
    for job in state.jobs:
        if job.id not in known:
            yield f"{job.id}: no key stands for it, so it is another one's second job"
        for count, what in ((job.ended, "ended"), (job.results, "got a result"), (job.events, "was announced")):
            if count > 1:
                yield f"{job.id}: {what} {count} times"
    yield from _several("results", ((result.job_id, result.digest) for result in _of(Result, events)))
    yield from _several("webhook-ids", ((webhook.job_id, webhook.webhook_id) for webhook in _of(Webhook, events)))


def _several(what: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for job_id, value in pairs:
        found[job_id].add(value)
    for job_id, values in found.items():
        if len(values) > 1:
            yield f"{job_id}: {len(values)} different {what} were seen"


def _stuck(state: State) -> Iterator[str]:
    ended = {"succeeded", "failed", "skipped", "cancelled"}
    for job in state.jobs:
        if job.status not in TERMINAL:
            yield f"{job.id}: still {job.status}"
    for stage in state.stages:
        if stage.status not in ended:
            yield f"{stage.job_id}/{stage.name}: still {stage.status}"
    for delivery in state.waiting:
        yield f"{delivery}: not delivered"


def _misdated(events: Sequence[Event], state: State) -> Iterator[str]:
    times = [event.at for event in events]
    if not times:
        return
    first, last = min(times) - SLACK_SECONDS, max(times) + SLACK_SECONDS
    for job in state.jobs:
        for at in (job.created_at, job.finished_at):
            if at is not None and not first <= at <= last:
                yield f"{job.id}: has a time that is {max(first - at, at - last):.0f} s outside the run"
    for stage in state.stages:
        if stage.started_at is not None and not first <= stage.started_at <= last:
            yield f"{stage.job_id}/{stage.name}: was started outside the run, says {stage.worker}"


def _unrecovered(events: Sequence[Event]) -> Iterator[str]:
    over = {each.number for each in _of(Recovered, events)}
    for fault in _of(Fault, events):
        if fault.number not in over:
            yield f"fault {fault.number}, {fault.kind} of {fault.target}: its harm was not seen to end"


def _recovery(events: Sequence[Event]) -> dict[str, list[float]]:
    over = {each.number: each.at for each in _of(Recovered, events)}
    found: dict[str, list[float]] = {}
    for fault in _of(Fault, events):
        if fault.number in over:
            found.setdefault(fault.kind, []).append(round(over[fault.number] - fault.at, 2))
    return found
