"""The port `Blobs`: bytes under a key."""

import re
from collections.abc import Iterable
from typing import BinaryIO, Protocol

from pipeline.errors import ForbiddenPath

_PART = r"[a-z0-9_][a-z0-9_.-]{0,200}"
_KEY = re.compile(rf"{_PART}(/{_PART})*")
_PREFIX = re.compile(rf"({_PART}/)*({_PART})?")
MAX_KEY = 500


class Blobs(Protocol):
    """Keeps bytes under keys of `[a-z0-9/_.-]+`, written once and never changed. Thread-safe.

    A key's parts between slashes are not empty and begin with a letter, a digit or `_`; a key has 500 characters at
    most. Any other key or prefix raises `ForbiddenPath`. A key that was written is whole and on the disk when the call
    returns, or not there at all.
    """

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        """Write and return the size in bytes; an existing key is replaced by the same name at once.

        What `chunks` raises is passed on, and nothing is left behind. With `use_reserve` the room that uploads must
        leave may be filled: work that was accepted can end where nothing more is accepted.

        Raises:
            StorageFull: there is no room; nothing is left behind.
        """

    def get(self, key: str) -> bytes:
        """The whole of it.

        Raises:
            BlobMissing: there is no such key.
        """

    def open(self, key: str) -> BinaryIO:
        """A readable, seekable file with a real file descriptor (it is handed to the parser child).

        Raises:
            BlobMissing: there is no such key.
        """

    def delete(self, key: str) -> bool:
        """Remove it; whether it was there."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove every key that begins with `prefix`, which is not empty; how many there were."""

    def free_bytes(self) -> int | None:
        """Room left for uploads, without the reserve; `None` where it cannot be told."""


def check_key(key: str) -> str:
    """The key, where it is one.

    Raises:
        ForbiddenPath: it is none.
    """
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        raise ForbiddenPath(f"{key[:80]!r} is not a key")
    return key


def check_prefix(prefix: str) -> str:
    """The prefix, where keys can begin with it.

    Raises:
        ForbiddenPath: none can, or all would.
    """
    if not prefix or not _PREFIX.fullmatch(prefix):
        raise ForbiddenPath(f"{prefix[:80]!r} is not a prefix of keys")
    return prefix
