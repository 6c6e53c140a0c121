"""Whether a model server is kept busy, and how many tokens that takes, in virtual time.

A thousand mixed documents go through the planner, the messages and the admission that production uses, to a simulated
server with continuous batching, a limited KV cache and a prefix cache. Time is virtual: nothing here says how fast a
GPU is.

- `busy`: share of the time between the first request's arrival and the last one's end in which the server computes;
- `filled`: requests at the server on average, as a share of what it is worth;
- `ratio_to_flood`: documents a second against a server that is given everything at once (150 documents);
- `tokens_over_minimum`: prompt tokens over those of instructions, schema and each page's chosen form once a document;
- `computed_over_minimum`: the same of the tokens that the server had to read, its prefix cache taken into account;
- `prefix_hit_rate`: share of requests, the first of each schema aside, that found the whole constant prefix cached.
"""

import time
from dataclasses import replace
from typing import Any

from bench.feeding.corpus import samples
from bench.feeding.server import Rates
from bench.feeding.service import Service, Setup
from pipeline.prompting.planning import Budget
from pipeline.settings import Extraction

QUICK, FULL = 150, 1_000
"""Documents."""
PRODUCTION = Extraction()
SETUP = Setup(budget=Budget(tokens=PRODUCTION.window_tokens, images=PRODUCTION.images))


def main(quick: bool) -> dict[str, Any]:
    """Run it."""
    count = QUICK if quick else FULL
    started = time.perf_counter()
    fed = _run(count, SETUP)
    print(f"{count} documents of {fed.counts.pages} pages in {fed.counts.requests} requests")
    ratio = _seconds(_run(QUICK, replace(SETUP, flood=True))) / _seconds(fed if quick else _run(QUICK, SETUP))
    print(f"all runs took {time.perf_counter() - started:.1f} s of real time")
    server, counts = fed.server, fed.counts
    seconds = _seconds(fed)
    return {
        "busy": round(server.busy_seconds / seconds, 4),
        "filled": round(server.request_seconds / seconds / SETUP.parallel, 3),
        "ratio_to_flood": round(ratio, 3),
        "tokens_over_minimum": round(counts.prompt_tokens / counts.minimum_tokens - 1, 4),
        "computed_over_minimum": round(server.read_tokens / counts.minimum_tokens - 1, 4),
        "prefix_hit_rate": round(counts.hits / (counts.requests - len(counts.by_schema)), 4),
        "docs_per_s": round(count / seconds, 3),
        "virtual_time": True,
    }


def _seconds(service: Service) -> float:
    """Between the first request's arrival and the last one's end."""
    return service.server.last_end - service.server.first_request


def _run(count: int, setup: Setup) -> Service:
    service = Service(setup, Rates())
    service.run(samples(count))
    return service
