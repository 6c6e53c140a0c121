"""The adapter of `Blobs` on an S3-compatible store, against moto's server."""

import errno
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import BlobMissing, StorageFull, StoreError
from pipeline.stores import s3
from pipeline.stores.s3 import PART_BYTES, S3Blobs
from tests.support import servers
from tests.support.blobs import BlobsContract

BUCKET = "documents"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with servers.s3(BUCKET) as url:
        yield url


def store(endpoint: str, spool: Path, **changes) -> S3Blobs:
    chosen = {"endpoint": endpoint, "access_key_id": "tester", "secret_access_key": "secret", "allow_http": True}
    return S3Blobs(settings.S3Blobs(**{"bucket": BUCKET, "prefix": uuid.uuid4().hex, **chosen, **changes}), spool)


@pytest.fixture
def blobs(server: str, tmp_path: Path) -> S3Blobs:
    return store(server, tmp_path / "spool")


class TestS3Blobs(BlobsContract):
    """All that the port asks for."""


def test_large_objects_go_in_parts_and_come_back_whole(blobs: S3Blobs) -> None:
    parts = [os.urandom(MIB) for _ in range(2 * PART_BYTES // MIB + 1)]
    assert blobs.put("ws/large", iter(parts)) == len(parts) * MIB
    with blobs.open("ws/large") as file:
        assert file.read() == b"".join(parts)
        file.seek(PART_BYTES - 1)
        assert os.pread(file.fileno(), 2, PART_BYTES - 1) == b"".join(parts)[PART_BYTES - 1 : PART_BYTES + 1]


def test_more_objects_than_one_listing_holds_are_removed(server: str, blobs: S3Blobs) -> None:
    for number in range(1_005):
        blobs.put(f"ws/doc/{number}", [b"x"])
    assert blobs.delete_prefix("ws/doc/") == 1_005
    assert blobs.delete_prefix("ws/doc/") == 0


def test_keys_lie_below_the_prefix_and_the_rest_of_the_bucket_is_left_alone(server: str, tmp_path: Path) -> None:
    ours, theirs = store(server, tmp_path, prefix="ours"), store(server, tmp_path, prefix="theirs")
    ours.put("ws/doc", [b"ours"])
    theirs.put("ws/doc", [b"theirs"])
    assert store(server, tmp_path, prefix=None).get("ours/ws/doc") == b"ours"
    assert ours.delete_prefix("ws/") == 1
    assert theirs.get("ws/doc") == b"theirs"


def test_a_store_that_is_away_is_an_error_that_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_RETRY", {"max_retries": 0})
    away = store(f"http://127.0.0.1:{servers.free_port()}", tmp_path)
    uses = (
        lambda: away.put("key", [b"x"]), lambda: away.get("key"), lambda: away.open("key"),
        lambda: away.delete("key"), lambda: away.delete_prefix("key"),
    )  # fmt: skip
    for use in uses:
        with pytest.raises(StoreError) as caught:
            use()
        assert caught.value.retryable
        assert "secret" not in str(caught.value)


def test_a_bucket_that_is_not_there_loses_no_document(server: str, tmp_path: Path) -> None:
    nowhere = store(server, tmp_path, bucket="no-such-bucket")
    for use in (nowhere.get, nowhere.open, lambda key: nowhere.put(key, [b"x"])):
        with pytest.raises(StoreError) as caught:
            use("key")
        assert not isinstance(caught.value, BlobMissing)
        assert caught.value.retryable


def test_a_full_disk_below_the_temporary_files_is_said(blobs: S3Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs.put("key", [b"x"])
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(StorageFull):
        blobs.put("other", [b"x"])
    with pytest.raises(StorageFull):
        blobs.open("key")


def test_plain_http_is_used_only_where_it_is_allowed(server: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        store(server, tmp_path, allow_http=False).get("key")


def test_nothing_of_a_temporary_file_is_left(blobs: S3Blobs, tmp_path: Path) -> None:
    blobs.put("ws/a", [b"x" * MIB])
    with blobs.open("ws/a") as file:
        assert file.read(1) == b"x"
        assert list((tmp_path / "spool").iterdir()) == []


def test_secrets_are_not_shown() -> None:
    chosen = settings.S3Blobs(bucket="b", access_key_id="AKIA-SECRET", secret_access_key="hidden-secret")  # type: ignore[arg-type]  # as a file says it
    assert "SECRET" not in repr(chosen)
    assert "hidden" not in repr(chosen)


def test_without_an_endpoint_the_store_is_amazons(tmp_path: Path) -> None:
    S3Blobs(settings.S3Blobs(bucket="b"), tmp_path / "spool")
