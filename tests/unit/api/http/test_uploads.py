"""Room for uploads."""

import asyncio
import shutil
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from api.http.uploads import CHECK_EVERY_BYTES, FORM_BYTES, UploadLimits, check_declared, disk_errors, received_form
from pipeline.errors import FileTooLarge, StorageFull


def limits(folder, reserve=0):
    return UploadLimits(folder=folder, max_bytes=1000, idle_seconds=1, reserve_bytes=reserve)


def test_a_declared_length_is_held_against_the_limit_with_room_for_the_form(tmp_path):
    check_declared(None, limits(tmp_path))
    check_declared(1000 + FORM_BYTES, limits(tmp_path))
    with pytest.raises(FileTooLarge):
        check_declared(1001 + FORM_BYTES, limits(tmp_path))


def test_an_upload_that_would_eat_the_reserve_is_refused_before_it_begins(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    check_declared(10, limits(tmp_path, reserve=free // 2))
    with pytest.raises(StorageFull):
        check_declared(10, limits(tmp_path, reserve=2 * free))


def test_a_full_disk_is_told_from_other_faults():
    with pytest.raises(StorageFull), disk_errors(), open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device
        full.write(b"x")
    with pytest.raises(FileNotFoundError), disk_errors():
        open("/nowhere/at/all")  # noqa: PTH123, SIM115 - fails


def test_an_upload_of_unknown_length_is_cut_before_it_eats_the_reserve(tmp_path, monkeypatch):
    """Chunked bodies declare no length; they were only cut by a disk that was really full."""
    total, used = 200_000_000, 0
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=total - used))
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n\r\n'

    async def receive():
        nonlocal used
        used += 1_000_000
        return {"type": "http.request", "body": head * (used == 1_000_000) + b"x" * 1_000_000, "more_body": True}

    async def send_all():
        scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
        room = UploadLimits(folder=tmp_path, max_bytes=10**9, idle_seconds=5, reserve_bytes=100_000_000)
        async with received_form(Request(scope, receive), (), room):
            pass

    with pytest.raises(StorageFull):
        asyncio.run(send_all())
    # Half of the room beyond the reserve: the rest is for the copy among the blobs.
    assert used <= 50_000_000 + CHECK_EVERY_BYTES + 2_000_000
