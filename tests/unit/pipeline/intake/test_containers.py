"""Archives are judged by their directory; each rule of the gate has an archive that breaks it."""

import io
import stat
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DamagedFile, LimitExceeded, SheafError, UnsupportedType
from pipeline.intake.containers import MAX_ENTRIES, archive_type, check_archive, open_archive

MIB = 1024 * 1024


def archive(entries, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in entries:
            made.writestr(name, data)
    return file


def check(file, max_bytes=500 * MIB):
    check_archive(file, max_bytes=max_bytes)


def exceeded(file, **arguments):
    with pytest.raises(LimitExceeded) as caught:
        check(file, **arguments)
    return caught.value.facts["limit"]


def test_a_decent_archive_passes():
    check(archive([("word/document.xml", b"<w/>" * 1000), ("media/a b.png", bytes(100))]))


def test_entries_are_counted():
    assert exceeded(archive((f"e{n}", b"") for n in range(MAX_ENTRIES + 1))) == "archive_entries"


def test_a_directory_that_is_too_large_is_not_read():
    many = archive((f"{n:05}" + "x" * 200, b"") for n in range(6000))
    assert exceeded(many) == "archive_directory_bytes"


def test_a_directory_that_lies_about_its_size_is_not_read_either():
    data = bytearray(archive([("a", b"x")]).getvalue() + bytes(2 * MIB))
    data += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 2 * MIB, 0, 0)
    with pytest.raises((LimitExceeded, DamagedFile)):
        open_archive(io.BytesIO(bytes(data)))


def test_the_inflated_size_is_added_up():
    assert exceeded(archive([("a", bytes(600)), ("b", bytes(600))]), max_bytes=1000) == "archive_bytes"


def test_a_large_entry_may_not_inflate_too_much():
    assert exceeded(archive([("a", bytes(2 * MIB))])) == "archive_ratio"
    check(archive([("a", bytes(MIB))]))


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "..\\up", "C:\\x", "a\\..\\..\\x"])
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(DamagedFile, match="leads out"):
        check(archive([(name, b"x")]))


def test_links_are_refused():
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DamagedFile, match="link"):
        check(archive([(link, b"/etc/passwd")]))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused():
    with pytest.raises(DamagedFile, match="same name"):
        check(archive([("a", b"1"), ("a", b"2")]))


def test_encrypted_entries_are_refused():
    data = bytearray(archive([("a", b"secret")]).getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnsupportedType, match="encrypted"):
        check(io.BytesIO(bytes(data)))


def test_entries_that_share_their_bytes_are_refused():
    data = bytearray(archive([("a", b"x" * 100), ("b", b"y" * 100)], zipfile.ZIP_STORED).getvalue())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<L", 10)
    with pytest.raises(DamagedFile, match="overlap"):
        check(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(10), b"\x00" * 1000])
def test_what_has_no_directory_is_damaged(data):
    with pytest.raises(DamagedFile):
        open_archive(io.BytesIO(data))


def test_the_largest_directory_allowed_is_read():
    assert (
        len(open_archive(archive((f"{n:04}" + "x" * 100, b"") for n in range(MAX_ENTRIES))).infolist()) == MAX_ENTRIES
    )


@settings(max_examples=300)
@given(st.data())
def test_a_mutated_archive_is_judged_or_refused_and_never_a_surprise(data):
    whole = bytearray(archive([("[Content_Types].xml", b"<Types/>" * 9), ("b" * 40, b"y" * 100)]).getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file = io.BytesIO(bytes(whole))
    with suppress(SheafError):
        assert archive_type(file)
        check(file)
