"""The adapter of `Blobs` that keeps files in a folder."""

import contextlib
import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import BlobMissing, StorageFull, StoreError
from pipeline.stores.blobs import check_key, check_prefix

UNFINISHED = ".unfinished"
"""The folder of files that are being written; no key can name it."""

CHECK_EVERY_BYTES = 8 * 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FolderBlobs:
    """Files in a folder, which several processes may use at once.

    A file is written under another name, synced, renamed and its folder synced. A lock on the unfinished file lasts as
    long as its writer lives, so that what a killed process left can be told from what another one is writing.
    """

    def __init__(self, path: Path, reserve_bytes: int = 0) -> None:
        """Make the folder and remove what was left unfinished; uploads leave `reserve_bytes` of the disk free."""
        self._root = path
        self._reserve = reserve_bytes
        self._unfinished = path / UNFINISHED
        with _translated():
            self._unfinished.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._clean()

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        """See `Blobs.put`."""
        path = self._path(key)
        reserve = 0 if use_reserve else self._reserve
        self._check_room(reserve)
        with self._new_file() as (temporary, file):
            size = self._write(file, chunks, reserve)
            with _translated():
                _move(temporary, path, self._root)
        return size

    def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        with self.open(key) as file, _translated():
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """See `Blobs.open`."""
        path = self._path(key)
        try:
            with _translated(*_ABSENT):
                return path.open("rb")
        except _ABSENT as error:
            raise BlobMissing(key=key) from error

    def delete(self, key: str) -> bool:
        """See `Blobs.delete`."""
        path = self._path(key)
        try:
            with _translated(*_ABSENT, PermissionError):
                path.unlink()
                self._forget(path.parent)
        except _ABSENT:
            return False
        except PermissionError as error:
            if path.is_dir():  # what macOS says of a folder
                return False
            raise StoreError("the blob folder failed: no permission") from error
        return True

    def delete_prefix(self, prefix: str) -> int:
        """See `Blobs.delete_prefix`."""
        head, _, tail = check_prefix(prefix).rpartition("/")
        folder = self._root / head
        removed = 0
        with _translated():
            for entry in _entries(folder):
                if entry.name.startswith(tail) and entry.name != UNFINISHED:
                    removed += _remove(Path(entry.path))
            self._forget(folder)
        return removed

    def free_bytes(self) -> int | None:
        """See `Blobs.free_bytes`."""
        return max(self._free() - self._reserve, 0)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _free(self) -> int:
        with _translated():
            return shutil.disk_usage(self._root).free

    def _check_room(self, reserve: int) -> None:
        if reserve and self._free() < reserve:
            raise StorageFull(free_bytes=0)

    def _write(self, file: BinaryIO, chunks: Iterable[bytes], reserve: int) -> int:
        size = unchecked = 0
        for chunk in chunks:
            with _translated():
                file.write(chunk)
            size += len(chunk)
            unchecked += len(chunk)
            if unchecked >= CHECK_EVERY_BYTES:
                self._check_room(reserve)
                unchecked = 0
        with _translated():
            file.flush()
            os.fsync(file.fileno())
        return size

    @contextlib.contextmanager
    def _new_file(self) -> Iterator[tuple[Path, BinaryIO]]:
        """An empty locked file, which is gone afterwards unless it was moved."""
        with _translated():
            path, file = self._create()
        try:
            yield path, file
        finally:
            path.unlink(missing_ok=True)
            # Closing may try once more to write what a full disk has refused.
            with contextlib.suppress(OSError):
                file.close()

    def _create(self) -> tuple[Path, BinaryIO]:
        while True:
            path = self._unfinished / uuid.uuid4().hex
            file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                return path, file
            file.close()  # another process that just started took it for a leftover before it was locked

    def _clean(self) -> None:
        for entry in _entries(self._unfinished):
            with contextlib.suppress(FileNotFoundError, BlockingIOError), Path(entry.path).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Path(entry.path).unlink()

    def _forget(self, folder: Path) -> None:
        """Make a removal last, and take away folders that became empty."""
        with contextlib.suppress(FileNotFoundError):
            _sync(folder)
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                return
            folder = folder.parent


def _move(temporary: Path, path: Path, root: Path) -> None:
    """Rename into place. Another thread may be taking away the empty folder meanwhile, so it is tried a few times."""
    for attempt in range(5):
        try:
            # mkdir, too, is surprised by a folder that is there and then is not.
            made = _make_folder(path.parent, root)
            temporary.replace(path)
        except (FileNotFoundError, FileExistsError):
            if attempt == 4 or not temporary.exists():
                raise
        else:
            for folder in (path.parent, *made):
                with contextlib.suppress(FileNotFoundError):  # somebody removed the file, and then the empty folder
                    _sync(folder)
            return


def _make_folder(folder: Path, root: Path) -> list[Path]:
    """Make a folder below the root; gives the folders whose entries changed."""
    changed = []
    missing = folder
    while missing != root and not missing.exists():
        missing = missing.parent
        changed.append(missing)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return changed


def _remove(path: Path) -> int:
    """Remove a file, or a folder with all files below it; how many files."""
    try:
        path.unlink()
    except (IsADirectoryError, PermissionError):  # Linux, macOS
        removed = sum(_remove(Path(entry.path)) for entry in _entries(path))
        with contextlib.suppress(OSError):  # a file was put there meanwhile
            path.rmdir()
        return removed
    except FileNotFoundError:
        return 0
    return 1


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated(*passing: type[OSError]) -> Iterator[None]:
    """Errors of the file system as ours, except those that the caller knows the meaning of."""
    try:
        yield
    except OSError as error:
        if isinstance(error, passing):
            raise
        if error.errno in _FULL:
            raise StorageFull from error
        raise StoreError(f"the blob folder failed: {error.strerror}") from error
