"""Room for uploads."""

import shutil

import pytest

from api.http.uploads import FORM_BYTES, UploadLimits, check_declared, disk_errors
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
