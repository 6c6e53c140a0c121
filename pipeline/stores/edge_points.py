"""Points on Qdrant Edge, a Qdrant shard inside this process, whatever their vectors are.

One process owns the folder. Writes are in the shard's write-ahead log before they are acknowledged.
"""

import fcntl
import logging
import os
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.errors import SheafError, StorageFull, VectorsLocked, VectorsUnavailable
from pipeline.stores.clauses import Writer
from pipeline.stores.edge_shard import Shard, recover
from pipeline.stores.payload import KEYWORDS, NUMBERS, WORKSPACE, field_payload, of_document

log = logging.getLogger("sheaf.vectors")

MIB = 1024 * 1024
ROOM_TO_ADD = 64 * MIB
"""What must be free on the disk: the library writes through mapped files; one page without room ends the process."""
ROOM_TO_REMOVE = 8 * MIB
"""Less, so that room can still be made by deleting."""
AGAIN_SECONDS = 600.0
"""After an optimizing that failed or fell behind."""


class EdgePoints(ABC):
    """Points with vectors of `dimensions` numbers in the folder `path`; other dimensions lie beside them, untouched.

    Raises:
        VectorsLocked: another process (or another instance in this one) owns the folder.
        VectorsUnavailable: the folder cannot be used or holds a damaged shard.
        StorageFull: the disk is; so does every method that writes.
    """

    flush_points = 2_000
    """Written since the last flush; bounds what a start replays from the log."""

    @abstractmethod
    def _config(self, dimensions: int) -> Any:  # noqa: ANN401 - the library's type
        """The shard's vectors."""

    def __init__(self, path: Path, dimensions: int, optimize_points: int = 0) -> None:
        import qdrant_edge

        self._edge = qdrant_edge
        self._filter = _writer(qdrant_edge).write
        self._lock = _own(path)
        self._path = path
        try:
            self._check_room(ROOM_TO_REMOVE)
            with translated():
                self._shard = self._open(path / f"points-{dimensions}", dimensions)
        except (VectorsUnavailable, StorageFull):
            os.close(self._lock)
            raise
        self._writing = threading.Lock()
        self._unflushed = 0
        self._closed = False
        self._optimize_points = optimize_points
        self._optimizing: threading.Thread | None = None
        self._not_before = 0.0

    def set_fields(self, *, workspace_id: str, document_id: str, fields: Mapping[str, Sequence[Any]]) -> None:
        """Replace the extracted fields of all points of a document."""
        where = self._filter(of_document(workspace_id, document_id))
        self._update(self._edge.UpdateOperation.set_payload_by_filter(where, field_payload(fields)))

    def delete_document(self, *, workspace_id: str, document_id: str) -> int:
        """Remove a document's points; how many there were."""
        where = self._filter(of_document(workspace_id, document_id))
        self._check_room(ROOM_TO_REMOVE)
        with self._writing, translated():
            with self._shard.reading() as shard:
                count: int = shard.count(self._edge.CountRequest(filter=where))
            self._shard.update(self._edge.UpdateOperation.delete_points_by_filter(where))
        return count

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id."""
        if ids:
            self._update(self._edge.UpdateOperation.delete_points(list(ids)), room=ROOM_TO_REMOVE)

    def count(self, *, workspace_id: str, document_id: str | None = None) -> int:
        """Points of a workspace or of one document."""
        where = self._filter(of_document(workspace_id, document_id))
        with translated(), self._shard.reading() as shard:
            return int(shard.count(self._edge.CountRequest(filter=where)))

    def optimize(self) -> bool:
        """Build the graphs that make searches fast, beside the service (see `edge_shard`); whether it was done.

        Raises:
            StorageFull: there is no room for the copy that this is done on.
            VectorsUnavailable: it failed; the store is as it was.
        """
        with translated():
            return self._shard.optimize()

    def close(self) -> None:
        """Flush and let go of the folder; harmless when done before."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            try:
                with translated():
                    self._shard.close()
            finally:
                if self._optimizing is not None:
                    self._optimizing.join()
                os.close(self._lock)

    def _check_room(self, wanted: int) -> None:
        with translated():
            free = shutil.disk_usage(self._path).free
        if free < wanted:
            raise StorageFull("there is too little room on the disk of the vector store", free_bytes=free)

    def _update(self, operation: Any, points: int = 0, room: int = ROOM_TO_ADD) -> None:  # noqa: ANN401 - the library's type
        self._check_room(room)
        with self._writing, translated():
            self._shard.update(operation, points)
            self._unflushed += points
            if self._unflushed >= self.flush_points:
                self._shard.flush()
                self._unflushed = 0
                self._optimize_beside()

    def _optimize_beside(self) -> None:
        running = self._optimizing is not None and self._optimizing.is_alive()
        if running or time.monotonic() < self._not_before or not self._optimize_points:
            return
        if self._shard.pays(self._optimize_points):
            self._optimizing = threading.Thread(target=self._try_to_optimize, name="sheaf-optimize", daemon=True)
            self._optimizing.start()

    def _try_to_optimize(self) -> None:
        started = time.monotonic()
        done = False
        try:
            done = self.optimize()
            if done:
                log.info("optimized the vector store in %.0f s", time.monotonic() - started)
        except (VectorsUnavailable, StorageFull) as error:
            log.warning("the vector store is not optimized: %s", error.message, exc_info=error)
        finally:
            if not done:
                self._not_before = time.monotonic() + AGAIN_SECONDS

    def _open(self, path: Path, dimensions: int) -> Shard:
        recover(path)
        if not path.exists():
            self._create(path, dimensions)
        return Shard(self._edge, path)

    def _create(self, path: Path, dimensions: int) -> None:
        """An empty shard, whole or not at all: a start that was cut off leaves none behind."""
        edge = self._edge
        part = path.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        shard = edge.EdgeShard.create(str(part), self._config(dimensions))
        for key in KEYWORDS:
            index = edge.KeywordIndexParams(is_tenant=key == WORKSPACE)
            shard.update(edge.UpdateOperation.create_field_index(key, index))
        for key in NUMBERS:
            shard.update(edge.UpdateOperation.create_field_index(key, edge.FloatIndexParams()))
        shard.flush()
        shard.close()
        part.rename(path)


def drop(path: Path) -> None:
    """Remove a folder of points, which nobody has open; harmless where there is none.

    Raises:
        VectorsUnavailable: some of it cannot be removed.
    """
    with translated():
        if path.exists():
            shutil.rmtree(path)


def _writer(edge: Any) -> Writer:  # noqa: ANN401 - the library
    return Writer(
        filter=edge.Filter,
        field=edge.FieldCondition,
        ids=lambda values: edge.HasIdCondition(set(values)),
        any_of=edge.MatchAny,
        span=edge.RangeFloat,
        element=edge.NestedCondition,
    )


def _own(path: Path) -> int:
    """The descriptor that holds the folder's lock; the lock goes with the process, however it ends."""
    lock = path / "owner.lock"
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VectorsUnavailable(f"The vector store's folder cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise VectorsLocked(
            f"Another process ({owner or 'unknown'}) owns the vector store: {lock}", lock=str(lock)
        ) from error
    with suppress(OSError):  # who holds it is only said for people; a full disk has no room even for that
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
    return descriptor


@contextmanager
def translated() -> Iterator[None]:
    """The library raises bare `Exception`s."""
    try:
        yield
    except SheafError:
        raise
    except Exception as error:
        raise VectorsUnavailable("The vector store failed.") from error
