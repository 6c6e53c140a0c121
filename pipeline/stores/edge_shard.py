"""A shard of Qdrant Edge that is optimized without stopping its queries.

The library's `optimize()` builds the graph (HNSW) that makes searches fast, and holds the interpreter for as long as
that takes. So it runs in a child process on a flushed copy, while this process serves on and keeps a journal of its
updates. When the child is done the journal is replayed on the copy, and the directories are swapped.

    points-384             what is served; the truth until the very swap
    points-384.optimizing  the copy; whatever is found of it at a start is thrown away
    points-384.before      what was served before, for the moments of the swap

The process may die at any of these moments: the shard that was served is there, with every update in its log.
"""

import errno
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
LONGEST_JOURNAL = 50_000
"""Points, which are kept in memory; a copy that has fallen so far behind is thrown away, to be made again later."""
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
        self._journaled = 0
        self._left = False
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
            if self._journal is not None and not self._left:
                self._journal.append(operation)
                self._journaled += max(1, points)
                if self._journaled > LONGEST_JOURNAL:
                    self._leave()

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
            self._journal, self._journaled, self._left = [], 0, False
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
        shutil.rmtree(self._copy, ignore_errors=True)
        size = sum(file.stat().st_blocks * 512 for file in self._path.rglob("*") if file.is_file())
        free = shutil.disk_usage(self._path).free
        if free < SPARE * size:
            raise StorageFull("there is too little room on the disk to optimize the vector store", free_bytes=free)
        self._shard.flush()
        try:
            shutil.copytree(self._path, self._copy, copy_function=_copy_file)
        except Exception:
            shutil.rmtree(self._copy, ignore_errors=True)  # at once: the disk may be full of it
            raise

    def _leave(self) -> None:
        """Give up the copy that is being optimized."""
        log.warning("the optimized vector store fell behind by %d points; it is left", self._journaled)
        self._left = True
        self._journal = []
        if (child := self._child) is not None:
            child.kill()

    def _optimize_copy(self) -> bool:
        command = [sys.executable, "-c", CHILD, str(self._copy)]
        with self._writing:
            if self._is_given_up():
                return False
            child = self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        try:
            status = child.wait(CHILD_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
        self._child = None
        if self._is_given_up():
            return False
        if status != 0:
            raise VectorsUnavailable(f"optimizing the vector store ended with status {status}; it is as it was")
        return True

    def _catch_up(self) -> bool:
        """Replay the journal on the copy, the last of it while nobody writes, and swap."""
        journal = self._journal
        assert journal is not None
        copy = self._edge.EdgeShard.load(str(self._copy))
        done = 0
        while len(journal) - done > 10 and not self._is_given_up():
            copy.update(journal[done])
            done += 1
        copy.flush()
        os.sync()  # a copy is in the kernel's memory only; the shard that takes its place must outlive a power cut
        with self._writing:
            if self._is_given_up():
                copy.close()
                return False
            for operation in journal[done:]:
                copy.update(operation)
            copy.flush()
            points = copy.info().points_count
            copy.close()
            self._swap()
            self._write_note(points)
        return True

    def _swap(self) -> None:
        if self._before.exists():  # a file of it may have withstood its removal
            shutil.rmtree(self._before)
        with self._alone():
            self._shard.flush()
            self._shard.close()
            try:
                self._path.rename(self._before)
                self._copy.rename(self._path)
                self._shard = self._edge.EdgeShard.load(str(self._path))
            except Exception:
                self._put_back()
                raise
        shutil.rmtree(self._before, ignore_errors=True)

    def _put_back(self) -> None:
        """Serve what was served before. Nothing is deleted in its place: `recover` takes what is there for whole."""
        if self._before.exists():
            if self._path.exists():
                self._path.rename(self._copy)
            self._before.rename(self._path)
        self._shard = self._edge.EdgeShard.load(str(self._path))

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

    def _is_given_up(self) -> bool:
        return self._closed or self._left

    def _write_note(self, points: int) -> None:
        """Whole or not at all: half a number is one, too."""
        part = self._note.with_suffix(".noted")
        part.write_text(str(points))
        part.replace(self._note)

    def _noted(self) -> int:
        try:
            return int(self._note.read_text())
        except (OSError, ValueError):
            return 0


def _copy_file(source: str, target: str) -> str:
    """Like `copy2`; `copytree` would go on after a full disk, and would not say that it was one."""
    try:
        _copy_written(source, target)
        shutil.copystat(source, target)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("the disk is too full to optimize the vector store") from error
        raise
    return target


def _copy_written(source: str, target: str) -> None:
    """Copy what was written, and leave the holes: the library makes files of 32 MB that hold a few kilobytes."""
    with Path(source).open("rb") as given, Path(target).open("wb") as made:
        size = os.fstat(given.fileno()).st_size
        made.truncate(size)
        place = 0
        while place < size:
            try:
                place = os.lseek(given.fileno(), place, os.SEEK_DATA)
            except OSError as error:
                if error.errno == errno.ENXIO:  # nothing but a hole follows
                    return
                raise
            end = os.lseek(given.fileno(), place, os.SEEK_HOLE)
            os.lseek(made.fileno(), place, os.SEEK_SET)
            while place < end and (sent := os.sendfile(made.fileno(), given.fileno(), place, end - place)):
                place += sent


def recover(path: Path) -> None:
    """Make it as it was before a swap that was cut off; a swap that was done is kept."""
    before = path.with_name(f"{path.name}.before")
    if before.exists() and not path.exists():
        before.rename(path)
    shutil.rmtree(before, ignore_errors=True)
    shutil.rmtree(path.with_name(f"{path.name}.optimizing"), ignore_errors=True)
