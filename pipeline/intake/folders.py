"""Folders that files are taken from: declared roots, nothing outside them, no links followed."""

import fnmatch
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.errors import ForbiddenPath, InvalidRequest, LimitExceeded

DEFAULT_IGNORE = (".*", "~$*", "*.tmp", "*.part", "*.crdownload", "Thumbs.db")


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A regular file below a folder; `path` is relative to it, with `/`."""

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
    top = root.resolve()
    folder = (top / below).resolve()
    if not folder.is_relative_to(top):
        raise ForbiddenPath(f"{source!r} leads out of its root", source=source)
    if not folder.is_dir():
        raise InvalidRequest(f"{source!r} is not a folder", field="source")
    return folder


def find_files(
    folder: Path, pattern: str = "**/*", *, ignore: Sequence[str] = DEFAULT_IGNORE, limit: int = 100_000
) -> Iterator[FoundFile]:
    """Regular files below the folder whose path matches, in order of their paths.

    `ignore` are name patterns; an ignored folder is not entered. Links are neither followed nor taken.

    Raises:
        LimitExceeded: there are more than `limit` of them.
    """
    wanted = _glob(pattern)
    found = 0
    for where, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not _ignored(name, ignore))
        for name in sorted(names):
            path = (Path(where) / name).relative_to(folder).as_posix()
            if _ignored(name, ignore) or not wanted.fullmatch(path):
                continue
            status = (Path(where) / name).lstat()
            if not stat.S_ISREG(status.st_mode):
                continue
            found += 1
            if found > limit:
                raise LimitExceeded(f"the folder holds more than {limit} files", limit=limit)
            yield FoundFile(path=path, size=status.st_size, modified_ns=status.st_mtime_ns)


def open_file(folder: Path, path: str) -> BinaryIO:
    """Open a file below the folder, refusing links on the way, whatever changed since it was listed.

    Raises:
        ForbiddenPath: a part of the path is a link, or it is not a regular file.
        FileNotFoundError: it is gone.
    """
    *folders, name = PurePosixPath(path).parts
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        # Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ForbiddenPath(f"{path!r} is, or lies behind, a link", path=path) from error
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ForbiddenPath(f"{path!r} is not a regular file", path=path)
    return os.fdopen(file, "rb")


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _glob(pattern: str) -> re.Pattern[str]:
    """A glob over whole paths: `*` and `?` stay within a folder, `**/` stands for any folders or none."""
    out = ""
    index = 0
    while index < len(pattern):
        if pattern.startswith("**/", index):
            out, index = out + "(?:[^/]+/)*", index + 3
        elif pattern.startswith("**", index):
            out, index = out + ".*", index + 2
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(pattern[index], re.escape(pattern[index]))
            index += 1
    return re.compile(out)
