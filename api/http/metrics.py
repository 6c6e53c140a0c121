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
    return "".join(
        (
            _gauge("sheaf_jobs", "Jobs by status.", _by("status", figures.jobs)),
            _gauge("sheaf_queue_depth", "Stages that nobody has claimed yet.", _by("queue", depth)),
            _gauge("sheaf_queue_running", "Stages that are worked on.", _by("queue", running)),
            _gauge("sheaf_queue_oldest_seconds", "Age of the oldest unclaimed stage.", _by("queue", waiting)),
            _gauge("sheaf_webhook_deliveries", "Webhook deliveries by status.", _by("status", figures.deliveries)),
        )
    )


def _by(label: str, values: Mapping[Any, float]) -> list[Sample]:
    return [({label: name}, value) for name, value in sorted(values.items())]


def _gauge(name: str, meaning: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        shown = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value:.15g}")
    return "\n".join(lines) + "\n"
