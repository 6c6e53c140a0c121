"""Folders that files are taken from: declared roots, nothing outside them, no links followed."""

import errno
import fnmatch
import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.errors import DamagedFile, ForbiddenPath, InvalidRequest, LimitExceeded

log = logging.getLogger("sheaf.intake")

DEFAULT_IGNORE = (".*", "~$*", "*.tmp", "*.part", "*.crdownload", "Thumbs.db")
"""Names of files and folders that are no documents: hidden, half written, of an editor."""
NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"

_FORBIDDEN = {
    errno.ELOOP: "is, or lies behind, a link",
    errno.ENOTDIR: "is, or lies behind, a link",
    errno.ENXIO: "is not a regular file",
    errno.EISDIR: "is not a regular file",
    errno.EACCES: "may not be read by this service",
    errno.EPERM: "may not be read by this service",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A regular file below a folder; `path` is relative to it, with `/`. Bytes that are no UTF-8 show as U+FFFD."""

    path: str
    size: int
    modified_ns: int


def resolve_source(source: str, roots: Mapping[str, Path]) -> Path:
    """The folder that `NAME[/subpath]` means.

    Raises:
        ForbiddenPath: there is no such root, or the path leads out of it.
        InvalidRequest: there is no such folder.
    """
    name, _, below = source.partition("/")
    root = roots.get(name)
    if root is None:
        known = ", ".join(sorted(roots)) or "none"
        raise ForbiddenPath(f"{name!r} is not a declared root; declared: {known}", source=source)
    if "\0" in below or PurePosixPath(below).is_absolute() or ".." in PurePosixPath(below).parts:
        raise ForbiddenPath(f"{source!r} leads out of its root", source=source)
    try:
        top = root.resolve()
        folder = (top / below).resolve()
        there = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long, links in a circle, half a surrogate pair
        raise InvalidRequest(f"{source!r} is not a folder", field="source") from error
    if not folder.is_relative_to(top):
        raise ForbiddenPath(f"{source!r} leads out of its root", source=source)
    if not there:
        raise InvalidRequest(f"{source!r} is not a folder", field="source")
    return folder


def find_files(
    folder: Path, pattern: str = "**/*", *, ignore: Sequence[str] = DEFAULT_IGNORE, limit: int = 100_000
) -> Iterator[FoundFile]:
    """Regular files below the folder whose path matches, sorted; a folder's own files before those of its folders.

    In `pattern` `*` and `?` stay within a folder, and `**` stands for any folders or none. `ignore` are name patterns;
    an ignored folder is not entered. Links are neither followed nor taken. What vanishes meanwhile is left out.

    Raises:
        LimitExceeded: there are more than `limit` of them.
        OSError: the folder cannot be read.
    """
    wanted = _Pattern(pattern)
    found = 0
    for where, folders, names in os.walk(folder, followlinks=False, onerror=lambda error: _unread(folder, error)):
        folders[:] = sorted(name for name in folders if not _ignored(name, ignore))
        for name in sorted(names):
            path = (Path(where) / name).relative_to(folder)
            if _ignored(name, ignore) or not wanted.matches(path.parts):
                continue
            try:
                status = (Path(where) / name).lstat()
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(status.st_mode):
                continue
            found += 1
            if found > limit:
                raise LimitExceeded(f"the folder holds more than {limit} files", limit=limit)
            yield FoundFile(path=_as_text(path), size=status.st_size, modified_ns=status.st_mtime_ns)


def _unread(folder: Path, error: OSError) -> None:
    """The folder itself must be readable; one below it that is not is left out, and named in the log."""
    if error.filename == str(folder):
        raise error
    if not isinstance(error, FileNotFoundError):
        log.warning("folder left out: %s", error)


def _as_text(path: Path) -> str:
    """A path that a database can keep."""
    return os.fsencode(path).decode("utf-8", "replace")


def open_file(folder: Path, path: str) -> BinaryIO:
    """Open a file below the folder, refusing links on the way, whatever changed since it was listed.

    Raises:
        ForbiddenPath: a part of the path is a link, it is not a regular file, or it may not be read.
        InvalidRequest: its name is not UTF-8.
        DamagedFile: the disk cannot read it.
        FileNotFoundError: it is gone.
    """
    try:
        file = _open(folder, PurePosixPath(path).parts)
    except FileNotFoundError as error:
        if NO_CHARACTER in path:
            raise InvalidRequest(f"{path!r} has a name that is not UTF-8; rename it", path=path) from error
        raise
    except OSError as error:
        if error.errno in _FORBIDDEN:
            raise ForbiddenPath(f"{path!r} {_FORBIDDEN[error.errno]}", path=path) from error
        raise unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ForbiddenPath(f"{path!r} is not a regular file", path=path)
    return os.fdopen(file, "rb")


def _open(folder: Path, parts: Sequence[str]) -> int:
    *folders, name = parts
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        # Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)


def unreadable(path: str, error: OSError) -> DamagedFile:
    """A file that the disk, or the share it lies on, cannot read."""
    return DamagedFile(f"{path!r} could not be read: {error.strerror}", path=path)


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class _Pattern:
    """A glob over whole paths, matched part by part, so that no pattern takes long."""

    def __init__(self, pattern: str) -> None:
        self._parts: list[re.Pattern[str] | None] = []
        """One for each part of a path; `None` stands for any folders or none."""
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        for part in parts:
            if part.startswith("**"):
                self._parts.append(None)
            if part != "**":
                # A bracket stands for itself: names like `scan [1].pdf` are common.
                self._parts.append(re.compile(fnmatch.translate(part.replace("[", "[[]"))))
        if parts and parts[-1] == "**":
            self._parts.append(re.compile(fnmatch.translate("*")))

    def matches(self, path: Sequence[str]) -> bool:
        """Whether all of the path fits all of the pattern."""
        places = self._skipping({0})
        for part in path:
            places = self._skipping({after for place in places for after in self._step(place, part)})
        return len(self._parts) in places

    def _step(self, place: int, part: str) -> Iterator[int]:
        if place == len(self._parts):
            return
        wanted = self._parts[place]
        if wanted is None:
            yield place
        elif wanted.fullmatch(part):
            yield place + 1

    def _skipping(self, places: set[int]) -> set[int]:
        """The places, and those behind each `**` among them, which may stand for nothing."""
        reached = set(places)
        for place in places:
            after = place
            while after < len(self._parts) and self._parts[after] is None:
                after += 1
                reached.add(after)
        return reached
