"""The files we make: enough of them, small, and each what it says it is."""

import io
import zipfile
import zlib
from collections import Counter

import pytest

from bench.hostile_files import hostile_files
from bench.hostile_files.made import MIB, deflated_zeros
from pipeline.errors import InputError
from pipeline.intake.sniff import sniff


@pytest.fixture(scope="module")
def files():
    return {file.name: file for file in hostile_files()}


def test_there_are_enough_and_they_are_small(files):
    assert len(files) >= 40
    assert max(len(file.data) for file in files.values()) < 10 * MIB
    assert all(file.why for file in files.values())


def test_names_are_unique_and_the_same_each_time(files):
    assert [file.name for file in hostile_files()] == list(files)
    assert max(Counter(file.name for file in hostile_files()).values()) == 1


def test_every_family_gets_past_the_door_to_its_reader(files):
    accepted = Counter()
    for file in files.values():
        try:
            accepted[sniff(io.BytesIO(file.data), file.name).partition("/")[0]] += 1
        except InputError as error:
            accepted[type(error).__name__] += 1
    assert accepted["application"] > 30
    assert accepted["image"] > 12
    assert accepted["audio"] > 9
    assert accepted["text"] > 9
    assert accepted["UnsupportedType"] > 5


@pytest.mark.parametrize("size", [MIB, 5 * MIB])
def test_a_stream_of_zeros_made_without_zeros_is_one(size):
    assert zlib.decompress(deflated_zeros(size)) == bytes(size)


def test_the_document_bomb_has_a_directory_that_tells_its_size(files):
    archive = zipfile.ZipFile(io.BytesIO(files["bomb.docx"].data))
    assert archive.getinfo("word/media/bomb.bin").file_size == 1500 * MIB
    assert archive.read("word/document.xml").startswith(b"<w:document")
