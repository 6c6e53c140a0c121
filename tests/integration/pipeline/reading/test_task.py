import gc
import io

import orjson
import pymupdf
import pytest
from PIL import Image

from pipeline.errors import InvalidRequest, NotFound, PasswordRequired, UnsupportedType
from pipeline.reading.task import read_document, render_page
from schemas.documents import Document
from tests.support.files import pdf
from tests.support.pictures import encoded, text_image


class Nobody:
    """Is told progress and pages, and does not care."""

    def __call__(self, share: float) -> None:
        return

    def at_page(self, number: int) -> None:
        return


def call(task, content: bytes, tmp_path, **arguments):
    path = tmp_path / "source"
    path.write_bytes(content)
    with path.open("rb") as source:
        return task(source, {"media_type": "application/pdf", **arguments}, Nobody())


def test_a_document_comes_back_as_json(tmp_path):
    answer = call(read_document, pdf("Hello world", "Second page"), tmp_path, name="a.pdf", password=None, settings={})
    document = Document.model_validate_json(answer)
    assert [page.words.text for page in document.pages] == [["Hello", "world"], ["Second", "page"]]


def test_settings_and_password_are_heeded(tmp_path):
    with pytest.raises(PasswordRequired):
        call(read_document, pdf("Hello", password="user"), tmp_path)
    assert b"Hello" in call(read_document, pdf("Hello", password="user"), tmp_path, password="user")


def test_the_garbage_collector_is_left_as_it_was(tmp_path):
    assert gc.isenabled()
    call(read_document, pdf("Hello"), tmp_path)
    assert gc.isenabled()
    with pytest.raises(UnsupportedType):
        call(read_document, b"PK", tmp_path, media_type="application/zip")
    assert gc.isenabled()


def test_a_task_needs_a_file():
    with pytest.raises(InvalidRequest):
        read_document(None, {"media_type": "application/pdf"}, Nobody())


def test_a_page_of_a_pdf_is_shown_as_displayed(tmp_path):
    document = pymupdf.open()
    document.new_page(width=200, height=400).set_rotation(90)
    png = call(render_page, document.tobytes(), tmp_path, page=1, side_px=100)
    assert Image.open(io.BytesIO(png)).size == (100, 50)


def test_a_frame_of_an_image_is_shown_too_but_not_enlarged(tmp_path):
    png = call(render_page, encoded(text_image(), "JPEG"), tmp_path, media_type="image/jpeg", page=1, side_px=4_000)
    assert Image.open(io.BytesIO(png)).size == (700, 420)


def test_no_picture_is_larger_than_the_largest(tmp_path):
    png = call(render_page, pdf("Hello"), tmp_path, page=1, side_px=10**9)
    assert max(Image.open(io.BytesIO(png)).size) == 4_096


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_not_found(tmp_path, page):
    with pytest.raises(NotFound):
        call(render_page, pdf("Hello"), tmp_path, page=page, side_px=100)


def test_a_document_without_pages_has_none_to_show(tmp_path):
    with pytest.raises(UnsupportedType):
        call(render_page, b"text", tmp_path, media_type="text/plain", page=1, side_px=100)


def test_the_json_holds_plain_values_only(tmp_path):
    page = orjson.loads(call(read_document, pdf("Hello"), tmp_path))["pages"][0]
    assert page["words"]["text"] == ["Hello"]
    assert page["blocks"][0]["kind"] == "paragraph"
