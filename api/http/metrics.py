"""Figures in the Prometheus text format 0.0.4."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.jobs.doorbell import QUEUES
from pipeline.stores.records.figures import Figures

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]


def exposition(figures: Figures) -> str:
    """All metrics. A queue in which nothing waits is shown with 0, so that alerts have a value."""
    waiting = {queue: figures.oldest_seconds.get(queue, 0.0) for queue in QUEUES}
    depth = {queue: figures.stages.get((queue, "ready"), 0) for queue in QUEUES}
    running = {queue: figures.stages.get((queue, "running"), 0) for queue in QUEUES}
    ended = {stage: float(count) for stage, (count, _) in figures.ended.items()}
    took = {stage: seconds / count for stage, (count, seconds) in figures.ended.items() if count}
    return "".join(
        (
            _metric("sheaf_jobs", "Jobs by status.", _by("status", figures.jobs)),
            _metric("sheaf_queue_depth", "Stages that nobody has claimed yet.", _by("queue", depth)),
            _metric("sheaf_queue_running", "Stages that are worked on.", _by("queue", running)),
            _metric("sheaf_queue_oldest_seconds", "Age of the oldest unclaimed stage.", _by("queue", waiting)),
            _metric("sheaf_stages_ended", "Stages that succeeded within the last 15 minutes.", _by("stage", ended)),
            _metric("sheaf_stage_seconds", "Mean seconds of those stages.", _by("stage", took)),
            _metric("sheaf_webhook_deliveries", "Webhook deliveries by status.", _by("status", figures.deliveries)),
            _metric(
                "sheaf_webhook_receivers_open",
                "Receivers left alone because they fail.",
                [({}, float(figures.receivers_open))],
            ),
            _metric("sheaf_index_rebuild_documents", "Documents of an index that is being filled.", _rebuilt(figures)),
            *_spent(figures),
        )
    )


def _spent(figures: Figures) -> tuple[str, ...]:
    """What was done and spent since the first day; it only grows."""
    pages = sum(each.pages for each in figures.usage)
    models = [each for each in figures.usage if each.model is not None]
    kinds = ("input", "cached", "output")
    tokens: list[Sample] = [
        ({"model": each.model or "", "kind": kind}, float(getattr(each, f"{kind}_tokens")))
        for each in models
        for kind in kinds
    ]
    calls: list[Sample] = [({"model": each.model or ""}, float(each.calls)) for each in models]
    cost: list[Sample] = [({"model": each.model or ""}, each.cost_millionths / 1e6) for each in models]
    return (
        _metric("sheaf_pages_total", "Pages read in jobs that ended.", [({}, float(pages))], kind="counter"),
        _metric("sheaf_model_calls_total", "Requests to models.", calls, kind="counter"),
        _metric("sheaf_tokens_total", "Tokens of models; cached ones are input too.", tokens, kind="counter"),
        _metric("sheaf_cost_total", "Cost of models in the settings' currency.", cost, kind="counter"),
    )


def _rebuilt(figures: Figures) -> list[Sample]:
    found = figures.rebuild
    if found is None:
        return []
    waiting = found.total - found.done - found.failed
    return _by("state", {"indexed": found.done, "waiting": waiting, "failed": found.failed})


def _by(label: str, values: Mapping[Any, float]) -> list[Sample]:
    return [({label: name}, value) for name, value in sorted(values.items())]


def _metric(name: str, meaning: str, samples: Iterable[Sample], *, kind: str = "gauge") -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value:.15g}" if shown else f"{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """A label's value; names of models come from the settings."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
