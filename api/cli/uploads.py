"""Uploads files one after another so that doing it again does nothing twice, and follows their jobs."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from api.cli import files
from api.cli.exits import REFUSED, CliError
from api.client import Client, RequestFailed
from schemas import exact_json
from schemas.jobs import TERMINAL

Answer = TypeVar("Answer")

TRIES = 6
PATIENCE_SECONDS = 300.0
"""What asks to be waited for longer, as a quota of the day does, ends the run instead."""
WINDOW = 64

ENDING_KINDS = {"unauthenticated", "permission-denied", "storage-full"}
"""Problems that the next file would meet as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What became of one file; a line of the report."""

    path: str
    key: str
    """The Idempotency-Key: a hash of path, content and what is asked for."""
    status: str
    """The job's, or `refused`."""
    document_id: str | None = None
    job_id: str | None = None
    problem: str | None = None
    """The last part of the problem's type."""
    note: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status == "refused" or self.status in TERMINAL

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.status in ("refused", "failed", "cancelled")


class Report:
    """A JSON Lines file, one line a file, written as files end; what an earlier run wrote there is not done again."""

    def __init__(self, path: Path | None) -> None:
        """Read what is there; without a path nothing is kept.

        Raises:
            CliError: the file is there and is no report.
        """
        self._path = path
        self._known = {row.key: row for row in _read(path)} if path and path.exists() else {}

    def known(self, key: str) -> Row | None:
        """The row of an earlier run whose file was accepted."""
        row = self._known.get(key)
        return row if row and row.job_id else None

    def add(self, row: Row) -> None:
        """Append a row, unless it stands there already."""
        if self._path is None or self._known.get(row.key) == row:
            return
        self._known[row.key] = row
        with self._path.open("ab") as file:
            file.write(exact_json.dumps(asdict(row)) + b"\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Uploader:
    """Uploads with the same options."""

    client: Client
    options: dict[str, str]
    """Form fields: `schema`, `tasks`, `collection`."""
    report: Report
    wait: bool
    window: int = WINDOW
    """How many jobs are followed at a time before the next file is uploaded."""
    run_id: str = ""
    """Part of every key: another run does the same files anew."""
    pause: Callable[[float], None] = time.sleep

    def run(self, paths: Iterable[Path]) -> Iterator[Row]:
        """One row a file, when it has ended, or with `wait` off when it was accepted.

        Raises:
            RequestFailed: the service cannot be reached any more, or would refuse every further file.
        """
        followed: deque[Row] = deque()
        for path in paths:
            row = self._accepted(path)
            if row.ended or not self.wait:
                yield self._noted(row)
                continue
            followed.append(row)
            if len(followed) >= self.window:
                yield self._noted(self._followed(followed.popleft()))
        for row in followed:
            yield self._noted(self._followed(row))

    def _noted(self, row: Row) -> Row:
        self.report.add(row)
        return row

    def _accepted(self, path: Path) -> Row:
        try:
            key = _key(path, self.options, self.run_id)
        except OSError as error:
            return Row(path=str(path), key="", status="refused", note=f"cannot be read: {error.strerror}")
        known = self.report.known(key)
        if known is not None:
            return known
        row = self._persist(lambda: self._upload(path, key))
        # One that has ended by now, being small or known to the service, has its reasons in the result all the same.
        return self._followed(row) if self.wait and row.ended and row.job_id else row

    def _upload(self, path: Path, key: str) -> Row:
        try:
            with path.open("rb") as file:
                value = self.client.upload("/v1/documents", (path.name, file), fields=self.options, key=key).value
        except RequestFailed as error:
            problem = error.problem
            if problem is None or error.retry_after is not None or error.kind in ENDING_KINDS:
                raise
            return Row(path=str(path), key=key, status="refused", problem=error.kind, note=error.message)
        job = value["job"]
        return Row(path=str(path), key=key, status=job["status"], document_id=value["document"]["id"], job_id=job["id"])

    def _followed(self, row: Row) -> Row:
        assert row.job_id is not None
        job_id = row.job_id
        try:
            result = self._persist(lambda: self.client.result(job_id, timeout=float("inf")).value)
        except RequestFailed as error:
            if error.kind != "not-found":  # somebody has deleted it meanwhile
                raise
            return replace(row, status="cancelled", problem=error.kind, note=error.message)
        problem = result.get("problem") or {}
        kind = str(problem.get("type", "")).rpartition(":")[2] or None
        return replace(row, status=result["status"], problem=kind, note=note_of(result))

    def _persist(self, ask: Callable[[], Answer]) -> Answer:
        """Ask again for a while where the service is busy or being restarted; the key makes that harmless."""
        for attempt in range(TRIES):
            try:
                return ask()
            except RequestFailed as error:
                if error.retry_after is None or error.retry_after > PATIENCE_SECONDS or attempt == TRIES - 1:
                    raise
                self.pause(max(error.retry_after, 2.0**attempt))
        raise AssertionError


def note_of(result: dict[str, Any]) -> str | None:
    """Why a result is not whole, in a few words."""
    problem, warnings = result.get("problem"), [str(warning["message"]) for warning in result["warnings"]]
    if problem:
        parts = [message for message in warnings if message != problem.get("title")]
        closer = parts[0] if parts and result["status"] == "partial" else problem.get("title")
        return str(problem.get("detail") or closer)
    failed = result["completeness"]["pages_failed"]
    if failed:
        return "pages not read: " + ", ".join(str(number) for number in failed)
    return warnings[0] if warnings else None


def _key(path: Path, options: dict[str, str], run_id: str) -> str:
    asked = [path.resolve().as_posix(), files.sha256(path), sorted(options.items()), *([run_id] if run_id else [])]
    return hashlib.sha256(repr(asked).encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> Iterator[Row]:
    """The rows of a report. A last line that an interruption cut is taken off, so that the next one begins anew."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    try:
        for line in whole.splitlines():
            yield Row(**exact_json.loads(line))
    except (ValueError, TypeError) as error:
        raise CliError(f"{path} is not a report of `sheaf ingest`", REFUSED) from error
    if whole != content:
        path.write_bytes(whole)
