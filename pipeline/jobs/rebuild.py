"""Filling a generation of the index beside the one in use, exchanging them, and removing those of before.

Which documents are in which generation stands in SQL, so that this goes on after a crash where it was. A document that
fails as often as a stage may is left out, and the exchange goes on without it.
"""

import logging
from enum import Enum

from sqlalchemy import Connection

from pipeline.errors import JobCancelled, WorkStopped
from pipeline.indexing.shelves import Shelf
from pipeline.jobs.failures import classify
from pipeline.jobs.generations import OpenGenerations
from pipeline.jobs.transfer import Transfer, waits
from pipeline.services import Services
from pipeline.stores.records import documents, generations
from pipeline.stores.records.generations import GenerationRecord

log = logging.getLogger("sheaf.index")

LEASE_SECONDS = 120.0
"""How long another process waits before it goes on with what this one was filling."""
HELD_UP_SECONDS = 3_600.0
"""After which documents are tried again that are too many to be left out."""


class Step(Enum):
    """What came of one step."""

    NOTHING = "nothing is to be done"
    DONE = "a document was written"
    FAILED = "a document could not be written"
    AWAY = "a store or a model is away"
    EXCHANGED = "the generation came into use"


class Rebuild:
    """Fills the generation that is being built; one in a process, used by one thread."""

    def __init__(self, services: Services, open_generations: OpenGenerations, owner: str) -> None:
        self._services = services
        self._generations = open_generations
        self._owner = owner
        self._after = ""

    def step(self) -> Step:
        """Write the next document that is missing, or exchange the generations when none is.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        shelf = next((shelf for shelf in self._generations.shelves() if shelf.stands_in), None)
        if shelf is None or not shelf.models_at_hand or not self._take(shelf):
            return Step.NOTHING
        row, active = self._rows(shelf.number)
        if row is None or active is None:
            return Step.NOTHING
        if row.writing is not None:
            self._look_after(row, row.writing)
        found = self._next(active.number, shelf.number)
        if found is None:
            return Step.EXCHANGED if self._exchange(active.number, shelf.number) else Step.NOTHING
        document_id, workspace_id = found
        transfer = Transfer(self._services, shelf, document_id, workspace_id, lambda: self._go_on(shelf))
        try:
            written = transfer.write()
        except WorkStopped:
            return Step.NOTHING
        except Exception as error:  # noqa: BLE001 - classified as a failing stage is
            failure = classify(error)
            if waits(failure):
                log.warning("filling the index waits: %s", failure.name)
                return Step.AWAY
            transfer.failed(failure)
            written = False
        self._after = document_id
        return Step.DONE if written else Step.FAILED

    def _take(self, shelf: Shelf) -> bool:
        with self._services.database.write() as connection:
            return generations.take_building(connection, shelf.number, self._owner, LEASE_SECONDS)

    def _rows(self, number: int) -> tuple[GenerationRecord | None, GenerationRecord | None]:
        with self._services.database.read() as connection:
            rows = generations.list_generations(connection)
        building = next((row for row in rows if row.number == number and row.status == "building"), None)
        return building, next((row for row in rows if row.status == "active"), None)

    def _look_after(self, row: GenerationRecord, document_id: str) -> None:
        """A document that was deleted while it was written: its points may have come after its removal."""
        services = self._services
        with services.database.read() as connection:
            deleted = documents.is_deleted(connection, document_id)
            # Its row stays while it is written. Where it has gone before, nothing was.
            workspace_id = documents.find_workspace_of(connection, document_id)
        if deleted and workspace_id is not None:
            services.vectors.delete_document(workspace_id=workspace_id, document_id=document_id)
        with services.database.write() as connection:
            generations.set_writing(connection, row.number, None)

    def _next(self, active: int, building: int) -> tuple[str, str] | None:
        """In the order of ids, round and round: one that fails does not hold up those behind it."""
        most = self._services.settings.jobs.max_attempts
        with self._services.database.read() as connection:
            for after in dict.fromkeys((self._after, "")):
                found = generations.next_missing(connection, active, building, after=after, max_attempts=most)
                if found is not None:
                    return found
        return None

    def _go_on(self, shelf: Shelf) -> None:
        """Another process, or a person, may have taken the generation over."""
        if not self._take(shelf):
            raise JobCancelled

    def _exchange(self, active: int, building: int) -> bool:
        most = self._services.settings.jobs.max_attempts
        with self._services.database.write(durable=True) as connection:
            if not exchange(connection, active, building, max_attempts=most):
                if generations.progress(connection, active, building).mostly_failed:
                    generations.try_again(connection, building, HELD_UP_SECONDS)
                return False
        log.info("generation %d of the index is in use in place of %d", building, active)
        return True

    def tidy(self) -> bool:
        """Remove a generation that was kept long enough, or that a person gave up; whether there was one.

        Raises:
            VectorsUnavailable: its points cannot be removed now.
        """
        services = self._services
        days = services.settings.vectors.keep_previous_days
        with services.database.write() as connection:
            for row in generations.expired(connection, days * 86_400.0):
                generations.set_generation(connection, row.number, "dropping")
            rows = [row for row in generations.list_generations(connection) if row.status == "dropping"]
        for row in rows:
            self._generations.drop(row)
            more = True
            while more:
                with services.database.write() as connection:
                    more = generations.forget_some(connection, row.number) > 0
            log.info("generation %d of the index is removed", row.number)
        return bool(rows)


def exchange(connection: Connection, active: int, building: int, *, max_attempts: int | None) -> bool:
    """Bring the one that is being filled into use; whether it is whole, or need not be (without `max_attempts`).

    Documents that failed as often as that are left out, but for so many that the models are to blame.
    """
    there = {row.number: row for row in generations.list_generations(connection, lock=True)}
    old, new = there.get(active), there.get(building)
    if old is None or new is None or (old.status, new.status) != ("active", "building"):
        return False
    if max_attempts is not None and (
        not generations.is_complete(connection, active, building, max_attempts=max_attempts)
        or generations.progress(connection, active, building).mostly_failed
    ):
        return False
    # One of the same form was filled anew because the points of the first were lost: there is nothing to go back to.
    generations.set_generation(connection, active, "dropping" if old.form == new.form else "kept")
    generations.set_generation(connection, building, "active")
    return True
