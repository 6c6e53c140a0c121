"""What whoever runs the service does to generations of the search index."""

from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConflictError, NotFound
from pipeline.jobs.rebuild import exchange
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from pipeline.stores.records.generations import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """An index, with its progress while it is being filled."""

    number: int
    embedder: str
    status: str
    progress: Progress | None
    left_out: int
    """Documents that could not be put into it, or without the pictures of their pages."""
    problems: list[tuple[str, str]]
    """Twenty of them, and why."""

    @property
    def documents(self) -> str:
        """For people."""
        if self.progress is None:
            return f"{self.left_out} left out" if self.left_out else ""
        failed = f", {self.progress.failed} failed" if self.progress.failed else ""
        return f"{self.progress.done} of {self.progress.total}{failed}"

    @property
    def shown(self) -> dict[str, Any]:
        """For programs."""
        found = self.progress
        counts = {"total": found.total, "done": found.done, "failed": found.failed} if found else None
        shown = {"number": self.number, "embedder": self.embedder, "status": self.status, "documents": counts}
        return {**shown, "left_out": self.left_out}


class IndexOperator:
    """Looks at generations, exchanges and removes them; a running service takes it up within seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def index(self) -> list[Generation]:
        """All generations, oldest first."""
        with self._database.read() as connection:
            rows = generations.list_generations(connection)
            progress = generations.present_progress(connection)
            return [
                Generation(
                    number=row.number,
                    embedder=row.embedder,
                    status=row.status,
                    progress=progress if row.status == "building" else None,
                    left_out=generations.left_out(connection, row.number),
                    problems=generations.problems(connection, row.number),
                )
                for row in rows
            ]

    def switch_index(self) -> int:
        """Bring the generation that is being filled into use, complete or not; its number.

        Documents that are missing in it are in no answer until they are indexed again.

        Raises:
            ConflictError: none is being filled.
        """
        with self._database.write(durable=True) as connection:
            there = {row.status: row.number for row in generations.list_generations(connection, lock=True)}
            if "building" not in there:
                raise ConflictError("no index is being filled")
            exchange(connection, there["active"], there["building"], max_attempts=None)
            return there["building"]

    def drop_index(self, number: int) -> None:
        """Have a generation removed that is kept for going back.

        Raises:
            NotFound: there is none of that number.
            ConflictError: it is in use or being filled.
        """
        with self._database.write(durable=True) as connection:
            rows = {row.number: row.status for row in generations.list_generations(connection, lock=True)}
            if number not in rows:
                raise NotFound(f"there is no generation {number} of the index")
            if rows[number] in {"active", "building"}:
                raise ConflictError(f"generation {number} is {rows[number]}; only one that is kept can be removed")
            generations.set_generation(connection, number, "dropping")
