"""The gate in front of Office files."""

import io
import zipfile

import docx.exceptions
import docx.opc.exceptions
import openpyxl.utils.exceptions
import pptx.exc
import pytest
from lxml import etree

from pipeline.errors import DamagedFile, LimitExceeded, UnsupportedType
from pipeline.reading.office import slides, word, workbook
from pipeline.reading.office.package import check_package, check_prolog, damage_is_said
from pipeline.reading.options import ReadingOptions
from pipeline.settings import Reading

MAIN = b"<w:document xmlns:w='x'/>"


@pytest.mark.parametrize(
    "head",
    [
        MAIN,
        b"<?xml version='1.0' encoding=\"UTF-8\" standalone='yes'?>\r\n" + MAIN,
        b"\xef\xbb\xbf<?xml version='1.0'?><!-- made - by <hand> --><?mso-x a='b'?>" + MAIN,
        "\ufeff<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16-le"),
        "\ufeff<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16-be"),
        b"\x89PNG\r\n\x1a\n<!DOCTYPE",
        b"",
        b"plain text with <!DOCTYPE in it",
    ],
)
def test_parts_as_office_writes_them_pass(head):
    check_prolog(head, "part")


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + MAIN,
        b"<?xml version='1.0'?>\n<!-- x --><!DOCTYPE a>" + MAIN,
        b"\xef\xbb\xbf  <!DOCTYPE a>" + MAIN,
        b"<?xml version='1.0'?><?a b?><!doctype a>" + MAIN,
        "\ufeff<?xml version='1.0'?><!DOCTYPE a><a/>".encode("utf-16-le"),
        "<?xml version='1.0' encoding='utf-16be'?><!DOCTYPE a><a/>".encode("utf-16-be"),
    ],
)
def test_a_document_type_is_refused(head):
    with pytest.raises(DamagedFile, match="document type"):
        check_prolog(head, "part")


@pytest.mark.parametrize(
    "head",
    [
        b"<?xml version='1.0' encoding='utf-7'?>+ADw-!DOCTYPE a+AD4-<a/>",
        b"<?xml version='1.0' encoding='cp037'?>\x4c\x5a" + MAIN,
        b"<!-- never ends " + MAIN,
        b"<!-- " + b"x" * 70_000,
        b"<![CDATA[ <a> ]]>",
    ],
)
def test_what_hides_the_root_element_is_refused(head):
    with pytest.raises(DamagedFile, match="not XML as Office writes it"):
        check_prolog(head[:65_536], "part")


def package(parts, **flags):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out


def check(source, **settings):
    check_package(source, ReadingOptions(name="x", media_type="y", settings=Reading(**settings)))


def test_every_part_is_looked_at_whatever_its_name():
    check(package({"a.xml": MAIN, "b/": b"", "c.png": b"\x89PNG"}))
    with pytest.raises(DamagedFile):
        check(package({"a.xml": MAIN, "b.bin": b"<!DOCTYPE a>" + MAIN}))


def test_the_file_is_left_at_its_beginning():
    source = package({"a.xml": MAIN})
    check(source)
    assert source.tell() == 0


def test_what_inflates_too_far_is_refused():
    with pytest.raises(LimitExceeded):
        check(package({"a.xml": b"<a>" + b"x" * 10_000}), max_archive_bytes=1000)


def test_what_is_encrypted_is_refused():
    data = bytearray(package({"a.xml": MAIN}).getvalue())
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    with pytest.raises(UnsupportedType):
        check(io.BytesIO(data))


def test_a_broken_entry_is_damaged():
    data = bytearray(package({"a.xml": MAIN * 50}).getvalue())
    data[40:60] = bytes(20)
    with pytest.raises(DamagedFile):
        check(io.BytesIO(data))


FOREIGN = [
    *((docx_error, word) for docx_error in (docx.exceptions, docx.opc.exceptions)),
    (pptx.exc, slides),
    (openpyxl.utils.exceptions, workbook),
]


@pytest.mark.parametrize(
    ("error", "adapter"),
    [
        pytest.param(found, adapter, id=f"{module.__name__}.{found.__name__}")
        for module, adapter in FOREIGN
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Exception)
    ],
)
def test_each_error_of_a_library_is_said_in_our_words(error, adapter):
    said = pytest.raises(DamagedFile, match="the thing is damaged")
    with said as caught, damage_is_said("thing", *adapter.library_errors()):
        raise error("x")
    assert caught.value.facts == {"exception": error.__name__}
    assert isinstance(caught.value.__cause__, error)


@pytest.mark.parametrize(
    "error",
    [zipfile.BadZipFile("x"), KeyError("x"), etree.XMLSyntaxError("x", 1, 1, 1), RecursionError("x"), OSError("x")],
)
def test_what_libraries_stumble_over_is_damage(error):
    with pytest.raises(DamagedFile), damage_is_said("thing"):
        raise error


def test_our_own_errors_and_those_of_memory_pass():
    with pytest.raises(LimitExceeded), damage_is_said("thing"):
        raise LimitExceeded("x")
    with pytest.raises(MemoryError), damage_is_said("thing"):
        raise MemoryError
