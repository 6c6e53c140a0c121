"""The stages of a job and what each one waits for.

    read ─┬─ extract ───┬─ annotate ─┐
          ├─ summarize ─┼────────────┼─ finish
          └─ index ─────┴────────────┘

`annotate` puts extracted fields into the payloads that search filters use. `finish` waits until all others have ended,
however they did, and puts the result together.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.jobs.doorbell import Queue

ENDED: frozenset[str] = frozenset({"succeeded", "failed", "skipped", "cancelled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StageSpec:
    """A stage's queue and the stages it reads from."""

    queue: Queue
    needs: tuple[str, ...]


STAGES: dict[str, StageSpec] = {
    "read": StageSpec(queue="read", needs=()),
    "extract": StageSpec(queue="infer", needs=("read",)),
    "summarize": StageSpec(queue="infer", needs=("read",)),
    "index": StageSpec(queue="index", needs=("read",)),
    "annotate": StageSpec(queue="index", needs=("extract", "index")),
    "finish": StageSpec(queue="deliver", needs=("read", "extract", "summarize", "index", "annotate")),
}


def plan(tasks: Collection[str]) -> dict[str, Queue]:
    """The stages that a job with these tasks has, and their queues."""
    wanted = {"read", "finish", *tasks}
    if {"extract", "index"} <= wanted:
        wanted.add("annotate")
    return {name: spec.queue for name, spec in STAGES.items() if name in wanted}


def next_steps(statuses: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Which waiting stages become ready, and which are skipped since something they need has failed."""
    now = dict(statuses)
    ready: set[str] = set()
    skipped: set[str] = set()
    for name, spec in STAGES.items():
        if now.get(name) != "waiting":
            continue
        needed = [now[other] for other in spec.needs if other in now]
        if name != "finish" and any(status in ENDED - {"succeeded"} for status in needed):
            skipped.add(name)
            now[name] = "skipped"
        elif all(status in ENDED for status in needed):
            ready.add(name)
    return ready, skipped
