import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.reading.image import jpeg
from tests.support.files import jpeg as jpeg_file
from tests.support.pictures import encoded


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"quality": 10, "subsampling": 2}, {"comment": b"x" * 70}]
)
def test_the_size_is_the_one_the_file_was_made_with(options: dict[str, object]) -> None:
    assert jpeg.size(encoded(Image.new("RGB", (336, 1008)), "JPEG", **options)) == (336, 1008)


def test_the_thumbnail_in_the_exif_is_not_taken_for_the_picture() -> None:
    segment = b"Exif\0\0" + jpeg_file(20, 10)
    picture = jpeg_file(200, 100)
    withal = picture[:2] + b"\xff\xe1" + struct.pack("!H", len(segment) + 2) + segment + picture[2:]
    assert jpeg.size(withal) == (200, 100)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\x89PNG", b"\xff\xd8" + b"\0" * 40, b"\xff\xd8" + b"\xff\xe0\0\0" * 9]
)
def test_what_is_no_jpeg_has_no_size(data: bytes) -> None:
    assert jpeg.size(data) is None


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    found = jpeg.size(b"\xff\xd8" + data)
    assert found is None or min(found) >= 0
