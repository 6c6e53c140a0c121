"""Shows how far the work is: bars on a terminal, lines elsewhere."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from examples.demo.client import POLL_SECONDS, TERMINAL

Json = dict[str, Any]


STALL_SECONDS = 120
"""Without any change for so long, nothing will come any more."""


class Stalled(Exception):
    """The work has stopped moving."""


def make_progress(console: Console) -> Progress:
    """Bars that are drawn on terminals only."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class Display:
    """One bar a piece of work; without a terminal a line whenever its state changes."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._states: dict[str, str] = {}

    def show(self, name: str, share: float, state: str, *, done: bool = False) -> None:
        """How far `name` is: a share from 0 to 1 and a word."""
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=1.0, state=state)
        self._progress.update(self._bars[name], completed=1.0 if done else share, state=state)
        if done:
            self._progress.stop_task(self._bars[name])
        if not self._console.is_terminal and self._states.get(name) != state:
            self._states[name] = state
            self._console.print(f"  {name}: {state}", highlight=False)


def watch_jobs(
    display: Display, jobs: Mapping[str, str], look: Callable[[str], Json], *, stall_seconds: float = STALL_SECONDS
) -> Iterable[tuple[str, Json]]:
    """Each job (name → id) as soon as it has ended.

    Raises:
        Stalled: nothing has changed for `STALL_SECONDS`.
    """
    left = dict(jobs)
    before: list[tuple[float, str]] = []
    changed = time.monotonic()
    while left:
        now = []
        for name, job_id in list(left.items()):
            job = look(job_id)
            ended = job["status"] in TERMINAL
            now.append((float(job["progress"]), _state(job)))
            display.show(name, *now[-1], done=ended)
            if ended:
                del left[name]
                yield name, job
        if now != before:
            before, changed = now, time.monotonic()
        elif time.monotonic() - changed > stall_seconds:
            raise Stalled(f"nothing has moved for {stall_seconds:g} s; unfinished: {', '.join(left)}")
        if left:
            time.sleep(POLL_SECONDS)


def _state(job: Json) -> str:
    if job["status"] == "running":
        running = [stage["name"] for stage in job["stages"] if stage["status"] == "running"]
        return ", ".join(running) or "running"
    return str(job["status"])
