"""What counts as a proper end of a hostile file."""

import httpx
import pytest

from bench.hostile import Outcome, _figures, _refusal
from bench.service import MemoryWatch

PROBLEM = {"content-type": "application/problem+json"}


@pytest.mark.parametrize("state", ["succeeded", "partial", "failed", "cancelled", "refused"])
def test_a_terminal_job_or_a_proper_refusal_is_an_end(state):
    assert Outcome(name="x", state=state, seconds=1, why="").terminal


@pytest.mark.parametrize("state", ["stuck", "unreachable", "http 500", "running"])
def test_anything_else_is_not(state):
    assert not Outcome(name="x", state=state, seconds=1, why="").terminal


def test_a_refusal_needs_a_problem_of_ours_and_is_not_the_services_fault():
    body = {"type": "urn:sheaf:problem:empty-file"}
    assert _refusal(httpx.Response(422, headers=PROBLEM, json=body)) == ("refused", "empty-file")
    assert _refusal(httpx.Response(500, headers=PROBLEM, json=body)) == ("http 500", "empty-file")
    assert _refusal(httpx.Response(422, json={"detail": "no"})) == ("http 422", "")


def test_the_figures_name_the_worst(capsys):
    class Service:
        exits = 1
        memory = MemoryWatch()

    Service.memory.stop()
    Service.memory.tree_worst, Service.memory.service_start, Service.memory.service_worst = 3 << 20, 1 << 20, 2 << 20
    ended = [
        Outcome(name="a", state="failed", seconds=2.04, why=""),
        Outcome(name="b", state="stuck", seconds=9, why=""),
    ]
    assert _figures(Service(), ended) == {
        "files": 2,
        "terminal": 1,
        "worst_seconds": 9,
        "worst_rss_mb": 3,
        "service_exits": 1,
        "service_growth_mb": 1,
        "states": {"failed": 1, "stuck": 1},
    }
    assert "not terminal: 'b'" in capsys.readouterr().out
