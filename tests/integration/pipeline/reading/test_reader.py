from collections.abc import Iterator

import pytest

from pipeline.errors import DamagedFile, JobCancelled, UnsupportedType
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Reading
from pipeline.settings import Sandbox as Limits
from tests.support.files import pdf


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    sandbox = Sandbox(Limits())
    yield Reader(sandbox, None, Reading(max_pages=3))
    sandbox.close()


@pytest.fixture
def read(reader, tmp_path):
    def read_bytes(content: bytes, media_type: str = "application/pdf", **more: object):
        path = tmp_path / "source"
        path.write_bytes(content)
        with path.open("rb") as source:
            return reader.read(source, name="source", media_type=media_type, **more)

    return read_bytes


def test_a_pdf_is_read_in_a_child(read):
    shares: list[float] = []
    document = read(pdf("Hello world", "Second"), progress=shares.append)
    assert [page.words.text for page in document.pages] == [["Hello", "world"], ["Second"]]
    assert all(0 <= share <= 1 for share in shares)


def test_what_is_wrong_with_a_file_comes_back_as_it_was_raised(read):
    with pytest.raises(DamagedFile):
        read(b"junk", "image/png")


def test_settings_reach_the_child(read):
    from pipeline.errors import LimitExceeded

    with pytest.raises(LimitExceeded) as caught:
        read(pdf("1", "2", "3", "4"))
    assert caught.value.facts["limit"] == 3


def test_a_cancelled_reading_ends(read):
    with pytest.raises(JobCancelled):
        read(pdf(*["text"] * 3), cancelled=lambda: True)


def test_a_recording_is_refused_where_nobody_can_transcribe(read):
    with pytest.raises(UnsupportedType, match="transcri"):
        read(b"RIFF", "audio/wav")
