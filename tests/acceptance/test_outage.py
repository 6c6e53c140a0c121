"""Redis is wiped, falls silent and goes away: uploads are accepted as ever, and every job ends once it is back."""

import pytest

from bench.chaos import lacking
from bench.outage import SHORT, run
from tests.support.servers import missing

WAITING_MS = 1_500
"""Who waited for a broker would wait for two seconds at least, the time-out of its connections."""


@pytest.mark.linux
@pytest.mark.timeout(600)
def test_uploads_do_not_wait_for_a_broker_that_is_away_and_their_jobs_end_when_it_is_back() -> None:
    if lacking():
        missing(", ".join(lacking()))
    figures = run(SHORT, seed=5)
    wrong = ("again", "lost", "doubled", "stuck", "refused")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0), figures
    for part in ("silent", "down"):
        assert figures[part]["accepted"] > 0, figures
        assert figures[part]["p50_ms"] < figures["calm"]["p50_ms"] + WAITING_MS, (part, figures)
