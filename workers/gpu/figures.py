"""What the engine says about itself: its Prometheus metrics, of which a few are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{[^}]*\})?\s+(?P<value>\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFigures:
    """One look. Gauges first; what ends in `_total` only grows, until the engine starts again."""

    running: float = 0.0
    waiting: float = 0.0
    kv_usage: float = 0.0
    """Share of the key-value cache that is in use, 0 to 1."""
    prefix_queries_total: float = 0.0
    prefix_hits_total: float = 0.0
    prompt_tokens_total: float = 0.0
    generation_tokens_total: float = 0.0
    rejections_total: float = 0.0
    preemptions_total: float = 0.0


NAMES: Mapping[str, str] = {
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
    "vllm:kv_cache_usage_perc": "kv_usage",
    "vllm:prefix_cache_queries_total": "prefix_queries_total",
    "vllm:prefix_cache_hits_total": "prefix_hits_total",
    "vllm:prompt_tokens_total": "prompt_tokens_total",
    "vllm:generation_tokens_total": "generation_tokens_total",
    "vllm:admission_rejections_total": "rejections_total",
    "vllm:num_preemptions_total": "preemptions_total",
}
"""vLLM's names (0.32), and ours. Several samples of one name (engines, reasons) are added up."""

COUNTERS = tuple(field.name for field in fields(EngineFigures) if field.name.endswith("_total"))


def parse_figures(text: str) -> EngineFigures:
    """Read the Prometheus text format; what is not among `NAMES`, or no number, is passed over."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        sample = _SAMPLE.match(line)
        name = NAMES.get(sample["name"]) if sample else None
        if sample is None or name is None:
            continue
        try:
            found[name] = found.get(name, 0.0) + float(sample["value"])
        except ValueError:
            continue
    return EngineFigures(**found)


class Totals:
    """Counters that go on over restarts of the engine, as Prometheus wants them."""

    def __init__(self) -> None:
        # In one piece: another thread reads while the supervisor writes.
        self._state = (dict.fromkeys(COUNTERS, 0.0), EngineFigures())

    def observe(self, figures: EngineFigures) -> None:
        """Take the newest figures."""
        self._state = (self._state[0], figures)

    def restart(self) -> None:
        """The engine begins at zero again."""
        self._state = (self.totals(), EngineFigures())

    def totals(self) -> dict[str, float]:
        """Each counter since we started."""
        before, last = self._state
        return {name: value + getattr(last, name) for name, value in before.items()}
