import io

import pytest
from PIL import Image

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.reading.image.document import read_image
from pipeline.reading.image.frames import ImageFile, as_png
from pipeline.reading.options import ReadingOptions
from pipeline.settings import Reading
from tests.support.pictures import RECEIPT, encoded, text_image

WORDS = " ".join(RECEIPT).split()


def read(content: bytes, media_type: str, progress=lambda _: None, *, left_out=(), **settings):
    reasons = dict.fromkeys(left_out, "It stood still.")
    options = ReadingOptions(name="picture", media_type=media_type, settings=Reading(**settings), left_out=reasons)
    return read_image(io.BytesIO(content), options, progress)


def frame(content: bytes, media_type: str, number: int = 1, max_pixels: int = 40_000_000):
    return ImageFile(io.BytesIO(content), media_type, max_pixels).frame(number)


def heic(image: Image.Image) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer)
    return buffer.getvalue()


def test_a_receipt_is_read_by_ocr():
    document = read(encoded(text_image(), "PNG"), "image/png")
    [page] = document.pages
    assert page.words.text == WORDS
    assert (page.number, page.source, page.width, page.height) == (1, "ocr", 700, 420)
    assert document.produced_by.keys() == {"pillow", "rapidocr"}


def test_each_frame_of_a_tiff_is_a_page():
    frames = [text_image([line]) for line in ("first page", "second page")]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate")
    shares = []
    document = read(content, "image/tiff", shares.append)
    assert [" ".join(page.words.text) for page in document.pages] == ["first page", "second page"]
    assert [page.number for page in document.pages] == [1, 2]
    assert shares == [0.5, 1.0]


def test_a_frame_that_is_left_out_says_why_and_the_others_are_read():
    frames = [text_image([line]) for line in ("first page", "second page")]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate")
    document = read(content, "image/tiff", left_out=[1])
    assert [page.problem for page in document.pages] == ["It stood still.", None]
    assert document.pages[1].words.text == ["second", "page"]
    with pytest.raises(DamagedFile, match="It stood still"):
        read(content, "image/tiff", left_out=[1, 2])


def test_more_frames_than_the_limit_are_refused():
    frames = [Image.new("L", (8, 8))] * 4
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with pytest.raises(LimitExceeded, match="4 pages"):
        read(content, "image/tiff", max_pages=3)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif"), ("BMP", "image/bmp")],
)
def test_every_kind_is_decoded(kind, media_type):
    image = Image.new("RGB", (30, 20), (200, 30, 30))
    bitmap = frame(encoded(image, kind), media_type)
    assert bitmap.shape == (20, 30, 3)
    assert abs(int(bitmap[10, 15, 0]) - 200) < 12


def test_heic_is_decoded():
    bitmap = frame(heic(Image.new("RGB", (64, 48), (200, 30, 30))), "image/heic")
    assert bitmap.shape == (48, 64, 3)


def test_a_photo_is_turned_as_its_camera_noted():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (40, 20), "white")
    image.paste((0, 0, 0), (0, 0, 10, 20))
    bitmap = frame(encoded(image, "JPEG", exif=exif, quality=95), "image/jpeg")
    assert bitmap.shape == (40, 20, 3)
    assert bitmap[2, 10].max() < 60
    assert bitmap[35, 10].min() > 200


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode):
    image = Image.new("I;16", (6, 4), 500) if mode == "I;16" else Image.new("RGB", (6, 4), "white").convert(mode)
    kind = "TIFF" if mode in {"CMYK", "I;16"} else "PNG"
    assert frame(encoded(image, kind), f"image/{kind.lower()}").shape == (4, 6, 3)


def test_what_is_transparent_is_white():
    bitmap = frame(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG"), "image/png")
    assert bitmap.min() == 255


def test_a_large_image_is_scaled_down_to_the_limit():
    bitmap = frame(encoded(Image.new("L", (400, 200)), "PNG"), "image/png", max_pixels=20_000)
    assert bitmap.shape[:2] == (100, 200)


def test_a_bomb_is_refused_before_it_is_decoded():
    whole = encoded(Image.new("1", (9_000, 9_000)), "PNG")
    with pytest.raises(LimitExceeded, match="9000 x 9000") as caught:
        read(whole, "image/png", max_pixels=1_000_000)
    assert caught.value.facts["pixels"] == 81_000_000


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("TIFF", "image/tiff")])
def test_an_image_cut_short_is_damaged(kind, media_type):
    whole = encoded(text_image(), kind)
    with pytest.raises(DamagedFile):
        read(whole[: len(whole) // 2], media_type)


def test_one_broken_frame_says_so_and_the_others_are_read():
    frames = [text_image([line]) for line in ("first page", "second page")]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    document = read(content[: len(content) - 60_000], "image/tiff")
    assert document.pages[0].words.text == ["first", "page"]
    assert document.pages_failed == [2]


def test_junk_is_damaged():
    with pytest.raises(DamagedFile):
        read(b"\x89PNG\r\n\x1a\n" + b"junk" * 20, "image/png")


def test_a_page_is_given_out_as_png_no_larger_than_asked():
    content = as_png(frame(encoded(text_image(), "PNG"), "image/png"), 200)
    assert Image.open(io.BytesIO(content)).size == (200, 120)
