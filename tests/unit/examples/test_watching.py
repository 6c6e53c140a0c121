from io import StringIO

import pytest
from rich.console import Console

from examples.demo.watching import Display, Stalled, make_progress, watch_jobs


def job(status: str, **more) -> dict:
    return {"status": status, "progress": 0.5, "stages": []} | more


def test_jobs_are_given_as_they_end_and_changes_are_printed_once() -> None:
    console = Console(file=StringIO())
    running = job("running", stages=[{"name": "read", "status": "running"}, {"name": "index", "status": "waiting"}])
    answers = {"1": [job("queued"), job("succeeded")], "2": [running, running, job("partial")]}
    with make_progress(console) as progress:
        display = Display(console, progress)
        ended = [
            (name, end["status"])
            for name, end in watch_jobs(display, {"a": "1", "b": "2"}, lambda i: answers[i].pop(0))
        ]
    assert ended == [("a", "succeeded"), ("b", "partial")]
    lines = [line.strip() for line in console.file.getvalue().splitlines()]
    assert lines == ["a: queued", "b: read", "a: succeeded", "b: partial"]


def test_work_that_does_not_move_is_given_up_naming_what_is_unfinished() -> None:
    with make_progress(Console(file=StringIO())) as progress, pytest.raises(Stalled, match=r"a\.pdf"):
        list(
            watch_jobs(
                Display(Console(file=StringIO()), progress), {"a.pdf": "1"}, lambda _: job("queued"), stall_seconds=0.3
            )
        )
