import io
import tempfile

import numpy as np
import pymupdf
import pytest
from PIL import Image

from pipeline.errors import (
    DamagedFile,
    InvalidRequest,
    JobCancelled,
    ParserProtocolError,
    PasswordRequired,
    UnsupportedType,
)
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import canvas, canvas_tokens, fit, image_tokens
from pipeline.prompting import pictures
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Reading
from tests.support.files import pdf
from tests.support.pictures import encoded, text_image

PDF = "application/pdf"


@pytest.fixture(scope="module")
def sandbox(warm_sandbox: Sandbox) -> Sandbox:
    return warm_sandbox


def render(sandbox, content: bytes, media_type: str, wanted, **more) -> dict[int, ImagePart]:
    with tempfile.TemporaryFile() as source:
        source.write(content)
        source.flush()
        return pictures.render(sandbox, source, media_type, Reading(), wanted, **more)


def pixels(part: ImagePart) -> np.ndarray:
    image = Image.open(io.BytesIO(part.data))
    assert image.format == "JPEG"
    assert image.size == (part.width, part.height)
    return np.asarray(image.convert("RGB")).astype(int)


def marked(width: float, height: float, rotation: int = 0) -> bytes:
    """A page with a black square in its top left corner, as it lies before its rotation."""
    document = pymupdf.open()
    page = document.new_page(width=width, height=height)
    page.draw_rect((0, 0, 60, 60), fill=(0, 0, 0))
    page.set_rotation(rotation)
    return bytes(document.tobytes())


def is_black(array: np.ndarray, x: float, y: float) -> bool:
    return bool(array[int(y), int(x)].max() < 40)


@pytest.mark.parametrize("chosen", [(1, 1), (3, 2), (5, 3), (2, 8), (16, 1)])
def test_a_picture_has_its_canvas_size_and_is_charged_as_counted(sandbox, chosen):
    (part,) = render(sandbox, pdf("Hello world"), PDF, {1: chosen}).values()
    rows, columns = chosen
    assert (part.width, part.height) == (columns * 336, rows * 336)
    assert canvas(part.width, part.height) == chosen
    assert image_tokens(part.width, part.height) == canvas_tokens(rows * columns)
    assert pixels(part).min() < 150


def test_the_page_lies_top_left_and_the_rest_is_white(sandbox):
    array = pixels(render(sandbox, marked(300, 600), PDF, {1: (2, 2)})[1])
    assert is_black(array, 10, 10)
    assert array[:, 340:].min() > 250
    assert not is_black(array, 10, 100)


@pytest.mark.parametrize(("rotation", "corner"), [(0, (10, 10)), (90, (660, 10)), (180, (325, 660)), (270, (10, 325))])
def test_a_page_is_drawn_as_it_is_displayed(sandbox, rotation, corner):
    array = pixels(render(sandbox, marked(300, 600, rotation), PDF, {1: (2, 2)})[1])
    assert is_black(array, *corner)


def test_several_pages_come_from_their_own_numbers(sandbox):
    content = marked(300, 300)
    document = pymupdf.open(stream=content)
    document.new_page(width=300, height=300)
    document.new_page(width=600, height=300).draw_rect((540, 240, 600, 300), fill=(0, 0, 0))
    made = render(sandbox, document.tobytes(), PDF, {3: (1, 2), 1: (1, 1), 2: (1, 1)})
    assert list(made) == [1, 2, 3]
    corners = {1: is_black(pixels(made[1]), 9, 9), 2: bool(pixels(made[2]).min() < 250)}
    corners[3] = is_black(pixels(made[3]), 660, 330)
    assert corners == {1: True, 2: False, 3: True}


def test_more_pages_than_a_child_draws_come_from_several(sandbox, monkeypatch):
    monkeypatch.setattr(pictures, "PAGES_PER_CHILD", 2)
    made = render(sandbox, pdf(*("Page" for _ in range(5))), PDF, dict.fromkeys(range(1, 6), (1, 1)))
    assert list(made) == [1, 2, 3, 4, 5]


def test_every_frame_of_a_tiff_is_a_page(sandbox):
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("black", "red", "blue")]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    made = render(sandbox, content, "image/tiff", {1: (1, 1), 3: (1, 2)})
    assert pixels(made[1])[100, 100].max() < 30
    assert pixels(made[3])[100, 100].tolist()[2] > 200


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("BMP", "image/bmp"), ("GIF", "image/gif")],
)
def test_every_kind_of_image_is_drawn(sandbox, kind, media_type):
    made = render(sandbox, encoded(text_image(), kind), media_type, {1: (2, 3)})
    assert pixels(made[1]).min() < 80


def test_a_photo_is_turned_as_its_exif_says(sandbox):
    photo = Image.new("RGB", (600, 300), "white")
    photo.paste("black", (0, 0, 60, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    content = encoded(photo, "JPEG", exif=exif, quality=95)
    array = pixels(render(sandbox, content, "image/jpeg", {1: (2, 1)})[1])
    assert is_black(array, 325, 10)
    assert not is_black(array, 10, 10)


def test_what_is_transparent_is_white(sandbox):
    made = render(sandbox, encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"), "image/png", {1: (1, 1)})
    assert pixels(made[1]).min() > 250


def test_a_page_is_drawn_on_the_canvas_where_the_fit_says(sandbox):
    fitted = fit(300, 600, 16)
    array = pixels(render(sandbox, marked(300, 600), PDF, {1: fitted.canvas})[1])
    dark = np.argwhere(array.max(axis=2) < 128)
    (y0, x0), (y1, x1) = dark.min(0), dark.max(0) + 1
    found = (x0 / fitted.width, y0 / fitted.height, x1 / fitted.width, y1 / fitted.height)
    assert found == pytest.approx((0, 0, 0.2, 0.1), abs=0.005)


@pytest.mark.parametrize("wanted", [{2: (1, 1)}, {0: (1, 1)}, {1: (0, 1)}, {1: (65, 1)}])
def test_pages_and_canvases_that_are_not_there_are_refused(sandbox, wanted):
    with pytest.raises(InvalidRequest) as caught:
        render(sandbox, pdf("Hello"), PDF, wanted)
    assert caught.value.facts["page"] in wanted


def test_a_document_without_pages_has_no_pictures(sandbox):
    with pytest.raises(UnsupportedType):
        render(sandbox, b"text", "text/plain", {1: (1, 1)})


def test_an_encrypted_document_needs_its_password(sandbox):
    with pytest.raises(PasswordRequired):
        render(sandbox, pdf("Hello", password="user"), PDF, {1: (1, 1)})


def test_a_damaged_frame_is_named(sandbox):
    content = encoded(text_image(), "JPEG")
    with pytest.raises(DamagedFile) as caught:
        render(sandbox, content[: len(content) // 2], "image/jpeg", {1: (1, 1)})
    assert caught.value.facts["page"] == 1


def test_rendering_is_stopped_when_the_job_is(sandbox):
    with pytest.raises(JobCancelled):
        render(sandbox, pdf("Hello"), PDF, {1: (1, 1)}, cancelled=lambda: True)


@pytest.mark.parametrize("content", [b"<svg/>", encoded(Image.new("RGB", (336, 335)), "JPEG")])
def test_a_child_that_answers_with_another_picture_is_not_believed(content):
    with pytest.raises(ParserProtocolError):
        pictures._picture(content, (1, 1))


def test_nothing_wanted_starts_no_child(sandbox):
    assert render(sandbox, b"", PDF, {}) == {}
