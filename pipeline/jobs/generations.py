"""The generations of the index that a process has open, as the database says."""

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from pipeline.errors import StoreError, VectorsUnavailable
from pipeline.indexing.form import Form, form_of, pages_place, place
from pipeline.indexing.shelves import PageShelf, Shelf
from pipeline.models.embedding import Embedder
from pipeline.models.page_embedding import PageEmbedder
from pipeline.stores.pages import PageVectors
from pipeline.stores.records import generations as records
from pipeline.stores.records.database import Database
from pipeline.stores.records.generations import GenerationRecord
from pipeline.stores.vectors import EVENLY, Point, Points, ScoredPoint, SparseVector, VectorFilter, Vectors

log = logging.getLogger("sheaf.index")

KEEP_SECONDS = 1.0
"""How long a search goes on in the generation that was in use; it is kept for longer than that."""


class Openings(Protocol):
    """How generations are opened; what a process does that wires them."""

    def open(self, place: str, dimensions: int) -> Vectors:
        """The index at a place, made where it is missing."""

    def open_pages(self, place: str, dimensions: int) -> PageVectors:
        """The pages at a place, made where they are missing."""

    def drop(self, place: str, dimensions: int) -> None:
        """Remove the index at a place, of chunks or of pages; harmless where there is none. It is not open."""

    def embedder(self, name: str) -> Embedder | None:
        """The embedding model of that name, where it is at hand."""


class OpenGenerations:
    """Opens what there is, and sees to it that one of the wanted form is in use or being filled.

    `before` is the form of what was indexed before there were generations.

    Raises:
        VectorsLocked: another process owns one of them.
        VectorsUnavailable: one cannot be opened.
    """

    def __init__(
        self, database: Database, openings: Openings, wanted: Embedder, before: Form, pages: PageEmbedder | None = None
    ) -> None:
        self._database = database
        self._openings = openings
        self._wanted = wanted
        self._page_embedder = pages
        self._open: dict[int, Vectors] = {}
        self._pages: dict[int, PageVectors] = {}
        self._embedders: dict[str, Embedder | None] = {wanted.name: wanted}
        self._lock = threading.RLock()
        self._shelves: list[Shelf] = []
        self._lost: frozenset[int] = frozenset()
        self._read_at = float("-inf")
        try:
            self._refresh()  # what is there is owned before anything is decided
            self._lost = self._without_points()
            with database.write(durable=True) as connection:
                aim(connection, form_of(wanted, pages), before, self._lost)
            self._refresh()
        except BaseException:
            self.close()
            raise
        self.vectors = EveryGeneration(self)

    def shelves(self) -> Sequence[Shelf]:
        """Those that documents are written to, as the database says now: the one in use, then one being filled."""
        return self._refresh()

    def searched(self) -> Shelf:
        """The one that questions are asked of, as the database said a moment ago."""
        with self._lock:
            shelves = self._shelves
            if time.monotonic() - self._read_at > KEEP_SECONDS:
                shelves = self._refresh()
        return next((shelf for shelf in shelves if shelf.searchable), shelves[0])

    def stores(self) -> list[Points]:
        """All that are open, of chunks and of pages, those kept for going back too."""
        with self._lock:
            self._refresh()
            return [*self._open.values(), *self._pages.values()]

    def drop(self, row: GenerationRecord) -> None:
        """Remove the points of a generation that is neither in use nor being filled.

        Raises:
            VectorsUnavailable: they cannot be removed.
        """
        with self._lock:
            opened = [self._open.pop(row.number, None), self._pages.pop(row.number, None)]
        for store in opened:
            if store is not None:
                store.close()
        self._openings.drop(row.place, row.dimensions)
        if row.pages:
            self._openings.drop(pages_place(row.place), row.page_dimensions)

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            for stores in (self._open, self._pages):
                while stores:
                    stores.popitem()[1].close()

    def _refresh(self) -> list[Shelf]:
        with self._lock:
            with self._database.read() as connection:
                rows = {row.number: row for row in records.list_generations(connection)}
            there = {number for number, row in rows.items() if row.status != "dropping"}
            for number in sorted(there - self._open.keys()):
                self._open[number] = self._openings.open(rows[number].place, rows[number].dimensions)
            for number in sorted(each for each in there - self._pages.keys() if rows[each].pages):
                row = rows[number]
                self._pages[number] = self._openings.open_pages(pages_place(row.place), row.page_dimensions)
            for stores in (self._open, self._pages):
                for number in stores.keys() - there:
                    with suppress(StoreError):  # it is given up
                        stores.pop(number).close()
            refilled = [row.form for row in rows.values() if row.status == "building"]
            self._shelves = [
                self._shelf(row, lost=status == "active" and (row.number in self._lost or row.form in refilled))
                for status in ("active", "building")
                for row in rows.values()
                if row.status == status
            ]
            self._read_at = time.monotonic()
            return self._shelves

    def _without_points(self) -> frozenset[int]:
        """The generations that hold nothing of what the database says is in them."""
        with self._database.read() as connection:
            found = {number: records.a_workspace_in(connection, number) for number in self._open}
        return frozenset(
            number
            for number, workspace_id in found.items()
            if workspace_id is not None and self._open[number].count(workspace_id=workspace_id) == 0
        )

    def _shelf(self, row: GenerationRecord, *, lost: bool) -> Shelf:
        if row.embedder not in self._embedders:
            self._embedders[row.embedder] = found = self._openings.embedder(row.embedder)
            if found is None:
                log.warning("the embedding model %s is not at hand: its index is searched by words only", row.embedder)
        form = Form(**row.form)
        return Shelf(
            number=row.number,
            vectors=self._open[row.number],
            embedder=self._embedders[row.embedder],
            dimensions=row.dimensions,
            words=form.words_fit,
            values=form.values_fit,
            pages=self._page_shelf(row),
            stands_in=row.status == "building",
            lost=lost,
        )

    def _page_shelf(self, row: GenerationRecord) -> PageShelf | None:
        if not row.pages:
            return None
        model = self._page_embedder
        there = model if model is not None and model.name == row.pages else None
        return PageShelf(vectors=self._pages[row.number], embedder=there)


def aim(connection: Connection, wanted: Form, before: Form, lost: Collection[int] = ()) -> None:
    """See to it that a generation of the wanted form is in use, or is being filled.

    One in use that has `lost` its points is filled anew beside itself: it still says which documents there are.
    """
    rows = records.list_generations(connection, lock=True)
    form = asdict(wanted)
    if not rows:
        first = asdict(before) if records.has_chunks(connection) else form
        rows = [_add(connection, 1, first, "active")]
    for row in rows:
        if row.number in lost and row.status in ("building", "kept"):
            records.set_generation(connection, row.number, "dropping")
    there = {row.status: row for row in rows if row.status == "active" or row.number not in lost}
    active, building = there["active"], there.get("building")
    if building is not None and building.form == form:
        return
    if building is not None:
        records.set_generation(connection, building.number, "kept")
    if active.form == form and active.number not in lost:
        return
    if active.number in lost:
        log.warning(
            "the search index is empty, and the database is not: it is filled anew, documents are found as it goes"
        )
    kept = [row for row in rows if row.status == "kept" and row.form == form and row.number not in lost]
    if kept:
        records.set_generation(connection, kept[-1].number, "building")
    else:
        _add(connection, max(row.number for row in rows) + 1, form, "building")


def _add(connection: Connection, number: int, form: Mapping[str, Any], status: records.Status) -> GenerationRecord:
    where = place(number, form["embedder"])
    return records.add_generation(connection, number, dict(form), place=where, status=status)


class EveryGeneration:
    """The port `Vectors` over all generations: what is changed of a document is changed in each."""

    def __init__(self, generations: OpenGenerations) -> None:
        self._generations = generations

    def upsert(self, points: Sequence[Point]) -> None:
        """Refused: each generation has points of its own."""
        del points
        raise VectorsUnavailable("points are written to one generation of the index")

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Replace the extracted fields of all points of a document."""
        for store in self._generations.stores():
            store.set_fields(workspace_id=workspace_id, document_id=document_id, fields=fields)

    def search(
        self,
        *,
        dense: NDArray[np.float32] | None,
        sparse: SparseVector,
        where: VectorFilter,
        limit: int,
        meaning: float = EVENLY,
    ) -> list[ScoredPoint]:
        """In the generation that questions are asked of."""
        store = self._generations.searched().vectors
        return store.search(dense=dense, sparse=sparse, where=where, limit=limit, meaning=meaning)

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Remove a document's points; how many there were in all."""
        return sum(
            store.delete_document(workspace_id=workspace_id, document_id=document_id)
            for store in self._generations.stores()
        )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id, wherever they are."""
        for store in self._generations.stores():
            store.delete(ids)

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Points in the generation that questions are asked of."""
        return self._generations.searched().vectors.count(workspace_id=workspace_id, document_id=document_id)

    def close(self) -> None:
        """Flush and let go of all of them."""
        self._generations.close()
