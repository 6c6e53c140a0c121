"""Blobs in a folder."""

import resource
import shutil
import signal
import stat
import subprocess
import sys

import pytest

from pipeline.errors import StorageFull, StoreError
from pipeline.stores.folder import UNFINISHED, FolderBlobs
from tests.support.blobs import BlobsContract

MIB = 1024 * 1024


@pytest.fixture
def blobs(tmp_path):
    return FolderBlobs(tmp_path / "blobs", reserve_bytes=0)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestFolderBlobs(BlobsContract):
    """The contract, kept by the folder."""


def test_the_file_lies_under_its_key_for_its_owner_alone(tmp_path):
    FolderBlobs(tmp_path).put("ws/doc/read", [b"x"])
    assert files(tmp_path) == ["ws/doc/read"]
    assert stat.S_IMODE((tmp_path / "ws/doc/read").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ws/doc").stat().st_mode) == 0o700


def test_empty_folders_do_not_stay(tmp_path):
    blobs = FolderBlobs(tmp_path)
    for key in ("ws/doc/read", "ws/doc/deep/er", "ws2/doc/read"):
        blobs.put(key, [b"x"])
    blobs.delete_prefix("ws/doc/")
    blobs.delete("ws2/doc/read")
    assert [path.name for path in tmp_path.iterdir()] == [UNFINISHED]


def test_a_write_that_ends_early_leaves_no_file(tmp_path):
    def chunks():
        yield b"x"
        raise ValueError("cut")

    with pytest.raises(ValueError, match="cut"):
        FolderBlobs(tmp_path).put("key", chunks())
    assert files(tmp_path) == []


WRITER = """
import sys, time
from pathlib import Path
from pipeline.stores.folder import FolderBlobs
def chunks():
    yield b"half"
    print("writing", flush=True)
    time.sleep(60)
FolderBlobs(Path(sys.argv[1])).put("key", chunks())
"""


def test_a_start_removes_what_a_killed_process_left_and_nothing_that_is_being_written(tmp_path):
    with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        try:
            writer.stdout.readline()
            FolderBlobs(tmp_path)
            assert len(files(tmp_path)) == 1, "it is being written"
        finally:
            writer.send_signal(signal.SIGKILL)
    assert len(files(tmp_path)) == 1, "killed before it could tidy up"
    FolderBlobs(tmp_path)
    assert files(tmp_path) == []


def test_uploads_are_refused_where_the_reserve_would_be_touched_but_accepted_work_may_use_it(tmp_path):
    blobs = FolderBlobs(tmp_path, reserve_bytes=shutil.disk_usage(tmp_path).total + 1)
    with pytest.raises(StorageFull):
        blobs.put("upload", [b"x"])
    blobs.put("result", [b"x"], use_reserve=True)
    assert files(tmp_path) == ["result"]
    assert blobs.free_bytes() == 0


def test_an_upload_that_grows_into_the_reserve_is_cut(tmp_path):
    blobs = FolderBlobs(tmp_path, reserve_bytes=shutil.disk_usage(tmp_path).free - 24 * MIB)
    chunk = bytes(MIB)
    with pytest.raises(StorageFull):
        blobs.put("upload", (chunk for _ in range(512)))
    assert files(tmp_path) == []


@pytest.fixture
def small_files():
    """The operating system refuses to let a file grow beyond 1 MiB, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("chunk", [1000, 300_000, 2 * MIB])
def test_no_room_is_storage_full_and_leaves_nothing(tmp_path, small_files, chunk):
    blobs = FolderBlobs(tmp_path)
    with pytest.raises(StorageFull):
        blobs.put("key", (bytes(chunk) for _ in range(3 * MIB // chunk)))
    assert files(tmp_path) == []
    blobs.put("key", [bytes(1000)])


def test_a_key_below_another_key_is_a_store_error(tmp_path):
    """A folder cannot hold both `a` and `a/b`; our keys never ask for it."""
    blobs = FolderBlobs(tmp_path)
    blobs.put("a", [b"x"])
    blobs.put("b/c", [b"x"])
    for key in ("a/b", "a/b/c", "b"):
        with pytest.raises(StoreError):
            blobs.put(key, [b"y"])
    assert files(tmp_path) == ["a", "b/c"]


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        FolderBlobs(tmp_path / "file" / "blobs")
