"""Hostile files through a real service: every upload ends, the service stays up, time and memory stay bounded.

A file ends in a terminal job, or is refused at the door with a problem of a stable type; both count as `terminal`.
`worst_seconds` is the longest time from the upload to the end, `worst_rss_mb` the most memory the service and all its
children had resident together. `--quick` shortens the clocks of the parsers; `--folder DIR` takes other files.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.hostile_files import HostileFile, hostile_files
from bench.hostile_files.pdfs import text_page
from bench.service import Service
from schemas.jobs import TERMINAL
from schemas.problems import URN

QUICK = {"SHEAF_SANDBOX__PAGE_SECONDS": "10", "SHEAF_SANDBOX__CPU_SECONDS": "60", "SHEAF_SANDBOX__WALL_SECONDS": "60"}
GIVE_UP_SECONDS = 1_800.0
SIDE_BY_SIDE = 2
POLL_SECONDS = 0.2
MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one file."""

    name: str
    state: str
    """A job's status, `refused`, or what went wrong."""
    seconds: float
    why: str
    """The problem's name, where there is one."""

    @property
    def terminal(self) -> bool:
        """Whether it came to a proper end."""
        return self.state in TERMINAL or self.state == "refused"


def main(quick: bool, folder: Path | None = None) -> dict[str, Any]:
    """Run the files; the figures."""
    files = list(_from(folder) if folder is not None else hostile_files())
    print(f"{len(files)} hostile files through the REST API of a service of its own, {SIDE_BY_SIDE} at a time")
    with tempfile.TemporaryDirectory(prefix="sheaf-hostile-") as kept:
        service = Service(Path(kept), QUICK if quick else {})
        try:
            service.wait_until_ready()
            _sound_file(service)
            service.memory.mark_start()
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                outcomes = list(pool.map(lambda file: _through(service, file), files))
            _sound_file(service)
        finally:
            service.stop()
    return _figures(service, outcomes)


def _from(folder: Path) -> Iterator[HostileFile]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield HostileFile(name=path.name, data=path.read_bytes(), why="from the folder")


def _sound_file(service: Service) -> None:
    """Before and after: the service does its work.

    Raises:
        RuntimeError: it does not.
    """
    outcome = _through(service, HostileFile(name="sound.pdf", data=text_page(50), why="sound"))
    if outcome.state not in {"succeeded", "partial"}:
        raise RuntimeError(f"a sound file ended as {outcome.state} ({outcome.why}):\n{service.log_end()}")


def _through(service: Service, file: HostileFile) -> Outcome:
    began = time.monotonic()
    state, why = "unreachable", ""
    try:
        with service.client() as client:
            state, why = _upload_and_wait(client, file, began + GIVE_UP_SECONDS)
    except httpx.TransportError as error:
        why = type(error).__name__
        service.wait_until_ready()
    outcome = Outcome(name=file.name, state=state, seconds=time.monotonic() - began, why=why)
    print(f"  {outcome.seconds:6.1f} s  {outcome.state:10} {outcome.why:24} {file.name!a}: {file.why}", flush=True)
    return outcome


def _upload_and_wait(client: httpx.Client, file: HostileFile, until: float) -> tuple[str, str]:
    form = {"schema": "invoice", "tasks": "extract,summarize,index"}
    answer = client.post("/v1/documents", files={"file": (file.name, file.data)}, data=form)
    if answer.status_code != httpx.codes.ACCEPTED:
        return _refusal(answer)
    job = answer.json()["job"]
    while job["status"] not in TERMINAL:
        if time.monotonic() > until:
            return "stuck", str(job["status"])
        time.sleep(POLL_SECONDS)
        job = client.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
    return str(job["status"]), _problem_name(job.get("problem") or {})


def _refusal(answer: httpx.Response) -> tuple[str, str]:
    """A refusal is proper when it says why in a problem of ours and is not the service's own fault."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    name = _problem_name(answer.json()) if is_problem else ""
    proper = answer.is_client_error and bool(name)
    return ("refused" if proper else f"http {answer.status_code}"), name


def _problem_name(problem: dict[str, Any]) -> str:
    return str(problem.get("type", "")).removeprefix(URN)


def _figures(service: Service, outcomes: list[Outcome]) -> dict[str, Any]:
    for outcome in outcomes:
        if not outcome.terminal:
            print(f"not terminal: {outcome.name!a}: {outcome.state} {outcome.why}")
    memory = service.memory
    return {
        "files": len(outcomes),
        "terminal": sum(outcome.terminal for outcome in outcomes),
        "worst_seconds": round(max(outcome.seconds for outcome in outcomes), 1),
        "worst_rss_mb": memory.tree_worst // MIB,
        "service_exits": service.exits,
        "service_growth_mb": max(0, memory.service_worst - memory.service_start) // MIB,
        "states": dict(Counter(outcome.state for outcome in outcomes)),
    }
