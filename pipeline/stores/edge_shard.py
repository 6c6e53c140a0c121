"""A shard of Qdrant Edge that is optimized without stopping its queries.

The library's `optimize()` builds the graph (HNSW) that makes searches fast, and holds the interpreter for as long as
that takes. So it runs in a child process on a flushed copy, while this process serves on and keeps a journal of its
updates. When the child is done the journal is replayed on the copy, and the directories are swapped.

    points-384             what is served; the truth until the very swap
    points-384.optimizing  the copy; whatever is found of it at a start is thrown away
    points-384.before      what was served before, for the moments of the swap

The process may die at any of these moments: the shard that was served is there, with every update in its log.
"""

import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import StorageFull, VectorsUnavailable

log = logging.getLogger("sheaf.vectors")

CHILD = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not outliving the owner, who throws the copy away
os.nice(10)
import qdrant_edge
shard = qdrant_edge.EdgeShard.load(sys.argv[1])
shard.optimize()
shard.flush()
shard.close()
"""
CHILD_SECONDS = 6 * 3600.0
LONGEST_JOURNAL = 20_000
"""Updates; a copy that has fallen so far behind is thrown away, to be made again later."""
SPARE = 3
"""Times the shard's size that must be free: for the copy, and for what the child builds beside it."""
LEAST_SHARE = 0.1
"""Of the points, that must be new for it to pay."""


class Shard:
    """One directory of the library's, opened. Thread-safe."""

    def __init__(self, edge: Any, path: Path) -> None:  # noqa: ANN401 - the library's module
        self._edge = edge
        self._path = path
        self._copy = path.with_name(f"{path.name}.optimizing")
        self._before = path.with_name(f"{path.name}.before")
        self._note = path.with_name(f"{path.name}.optimized")
        self._shard = edge.EdgeShard.load(str(path))
        self._writing = threading.RLock()
        self._turn = threading.Condition()
        self._readers = 0
        self._swapping = False
        self._journal: list[Any] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._new = max(0, self._shard.info().points_count - self._noted())

    def pays(self, points: int) -> bool:
        """Whether at least so many points, and a tenth of all, were written since the last time."""
        if self._new < points or self._journal is not None:
            return False
        with self.reading() as shard:
            return bool(self._new >= LEAST_SHARE * shard.info().points_count)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """The library's shard, for questions; it is not swapped meanwhile."""
        with self._turn:
            self._turn.wait_for(lambda: not self._swapping)
            self._readers += 1
        try:
            yield self._shard
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    def update(self, operation: Any, points: int = 0) -> None:  # noqa: ANN401 - the library's type
        """Apply an update, which writes so many points; it is in the log when this returns."""
        with self._writing:
            self._shard.update(operation)
            self._new += points
            if self._journal is not None:
                self._journal.append(operation)

    def flush(self) -> None:
        """Write what the log holds to its place."""
        with self._writing:
            self._shard.flush()

    def close(self) -> None:
        """Flush and let go of the directory; a child that still works is stopped and its copy thrown away."""
        with self._writing, self._alone():
            self._closed = True
            if self._child is not None:
                self._child.kill()
            self._shard.flush()
            self._shard.close()

    def optimize(self) -> bool:
        """Optimize beside the service; whether the shard was swapped. One at a time.

        Raises:
            StorageFull: there is no room for the copy.
            VectorsUnavailable: the child failed; the shard is as it was.
        """
        with self._writing:
            if self._is_closed() or self._journal is not None:
                return False
            self._copy_flushed()
            self._journal = []
            behind, self._new = self._new, 0
        swapped = False
        try:
            swapped = self._optimize_copy() and self._catch_up()
        finally:
            with self._writing:
                self._journal = None
                if not swapped:
                    self._new += behind
                    shutil.rmtree(self._copy, ignore_errors=True)
        return swapped

    def _copy_flushed(self) -> None:
        size = sum(file.stat().st_blocks * 512 for file in self._path.rglob("*") if file.is_file())
        free = shutil.disk_usage(self._path).free
        if free < SPARE * size:
            raise StorageFull("there is too little room on the disk to optimize the vector store", free_bytes=free)
        self._shard.flush()
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._path, self._copy)

    def _optimize_copy(self) -> bool:
        command = [sys.executable, "-c", CHILD, str(self._copy)]
        with self._writing:
            if self._is_closed():
                return False
            child = self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        try:
            status = child.wait(CHILD_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
        self._child = None
        if self._is_closed():
            return False
        if status != 0:
            raise VectorsUnavailable(f"optimizing the vector store ended with status {status}; it is as it was")
        return True

    def _catch_up(self) -> bool:
        """Replay the journal on the copy, the last of it while nobody writes, and swap."""
        assert self._journal is not None
        copy = self._edge.EdgeShard.load(str(self._copy))
        done = 0
        while len(self._journal) - done > 10:
            if len(self._journal) > LONGEST_JOURNAL:
                copy.close()
                log.warning("the optimized vector store fell behind by %d updates; it is left", len(self._journal))
                return False
            copy.update(self._journal[done])
            done += 1
        copy.flush()
        os.sync()  # a copy is in the kernel's memory only; the shard that takes its place must outlive a power cut
        with self._writing:
            for operation in self._journal[done:]:
                copy.update(operation)
            copy.flush()
            points = copy.info().points_count
            copy.close()
            if self._is_closed():
                return False
            self._swap()
            self._note.write_text(str(points))
        return True

    def _swap(self) -> None:
        with self._alone():
            self._shard.flush()
            self._shard.close()
            self._path.rename(self._before)
            try:
                self._copy.rename(self._path)
                self._shard = self._edge.EdgeShard.load(str(self._path))
            except Exception:
                shutil.rmtree(self._path, ignore_errors=True)
                self._before.rename(self._path)
                self._shard = self._edge.EdgeShard.load(str(self._path))
                raise
        shutil.rmtree(self._before, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody asks meanwhile."""
        with self._turn:
            self._swapping = True
            self._turn.wait_for(lambda: self._readers == 0)
        try:
            yield
        finally:
            with self._turn:
                self._swapping = False
                self._turn.notify_all()

    def _is_closed(self) -> bool:
        """It may have been closed by another thread since the last look."""
        return self._closed

    def _noted(self) -> int:
        try:
            return int(self._note.read_text())
        except (OSError, ValueError):
            return 0


def recover(path: Path) -> None:
    """Make it as it was before a swap that was cut off; a swap that was done is kept."""
    before = path.with_name(f"{path.name}.before")
    if before.exists() and not path.exists():
        before.rename(path)
    shutil.rmtree(before, ignore_errors=True)
    shutil.rmtree(path.with_name(f"{path.name}.optimizing"), ignore_errors=True)
