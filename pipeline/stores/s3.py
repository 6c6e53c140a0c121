"""The adapter of `Blobs` that keeps objects in a bucket of an S3-compatible store."""

import errno
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from pipeline import settings
from pipeline.errors import BlobMissing, StorageFull, StoreError
from pipeline.stores.blobs import check_key, check_prefix

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

MIB = 1024 * 1024
PART_BYTES = 8 * MIB
"""Larger objects are sent in parts of this size, so that one that is lost on the way is sent again by itself."""
PARTS_AT_ONCE = 4

_CLIENT: "ClientConfig" = {"connect_timeout": "5s", "timeout": "120s"}
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""Of one request; what fails longer is for the stage's next attempt, or the client's."""


class S3Blobs:
    """Objects of one bucket, which any number of processes and hosts may use at once.

    The store makes an object seen whole or not at all, and answers once it is durable. What is written comes from a
    temporary file, so that chunks that end in an error have sent nothing, and what is opened lies in one: parsers need
    a real descriptor. Temporary files have no name, and go with the process.
    """

    def __init__(self, chosen: settings.S3Blobs, spool: Path) -> None:
        """Nothing is asked of the store yet; temporary files lie in the folder `spool`, which is made."""
        self._spool = spool
        with _translated():
            spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        secrets = {"access_key_id": chosen.access_key_id, "secret_access_key": chosen.secret_access_key}
        given = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
        if chosen.endpoint is not None:  # the client takes no None for Amazon's own
            given["endpoint"] = chosen.endpoint
        self._store = S3Store(
            chosen.bucket,
            prefix=chosen.prefix,
            region=chosen.region,
            client_options={**_CLIENT, "allow_http": chosen.allow_http},
            retry_config=_RETRY,
            **given,  # type: ignore[arg-type]  # mypy knows no keys of an unpacked dict
        )

    def put(self, key: str, chunks: Iterable[bytes], *, use_reserve: bool = False) -> int:
        """See `Blobs.put`; there is no reserve in a bucket."""
        del use_reserve
        check_key(key)
        with self._temporary() as file:
            for chunk in chunks:
                with _translated():
                    file.write(chunk)
            with _translated():
                size = file.tell()
                file.seek(0)
                self._send(key, file, size)
        return size

    def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        check_key(key)
        with _translated(key):
            return bytes(obstore.get(self._store, key).bytes())

    def open(self, key: str) -> BinaryIO:
        """See `Blobs.open`; the whole object has been fetched when this returns."""
        check_key(key)
        with _translated():
            file = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115 - the caller's from here on
        try:
            with _translated(key):
                for chunk in obstore.get(self._store, key).stream(min_chunk_size=MIB):
                    file.write(chunk)
                file.seek(0)
        except BaseException:
            with suppress(OSError):  # a full disk may refuse once more
                file.close()
            raise
        return file

    def delete(self, key: str) -> bool:
        """See `Blobs.delete`."""
        check_key(key)
        try:
            with _translated(key):
                obstore.head(self._store, key)
                obstore.delete(self._store, key)
        except BlobMissing:
            return False
        return True

    def delete_prefix(self, prefix: str) -> int:
        """See `Blobs.delete_prefix`."""
        folder = check_prefix(prefix).rpartition("/")[0]
        removed = 0
        with _translated():
            # The library lists below whole parts of keys only, so the last part is compared here.
            for listed in obstore.list(self._store, folder or None, chunk_size=1000):
                paths = [found["path"] for found in listed if found["path"].startswith(prefix)]
                if paths:
                    obstore.delete(self._store, paths)
                removed += len(paths)
        return removed

    def free_bytes(self) -> int | None:
        """See `Blobs.free_bytes`: a bucket does not tell."""
        return None

    @contextmanager
    def _temporary(self) -> Iterator[IO[bytes]]:
        with _translated():
            file = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115 - closed below, whatever that raises
        try:
            yield file
        finally:
            with suppress(OSError):  # a full disk may refuse once more
                file.close()

    def _send(self, key: str, file: IO[bytes], size: int) -> None:
        if size <= PART_BYTES:
            obstore.put(self._store, key, file.read(), use_multipart=False)
        else:
            obstore.put(self._store, key, file, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)


@contextmanager
def _translated(key: str = "") -> Iterator[None]:
    """Errors of the library, and of the disk that is spooled on, as ours; `key` is what may be missing."""
    try:
        yield
    except (FileNotFoundError, BaseError) as error:
        # The library's NotFoundError is Python's too. A bucket that is not there is no reason to give a document up.
        if key and isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error):
            raise BlobMissing(key=key) from error
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise StoreError("the blob store refused the credentials") from error
        raise StoreError("the blob store failed") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise StoreError(f"the folder of temporary files failed: {error.strerror}") from error
