"""The one place that talks to Pillow: an image file → frames as they are to be shown."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import numpy as np
import PIL
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.errors import DamagedFile, LimitExceeded, NoPages, SheafError
from pipeline.reading.layout.marks import Bitmap

VERSION: str = PIL.__version__

_TOO_LARGE = 4
"""An image of more than this many times the pixel limit is refused before anything is decoded; others are scaled."""

# First match wins, so the special stand before the general.
ERRORS: list[tuple[type[BaseException], type[SheafError]]] = [
    (Image.DecompressionBombError, LimitExceeded),
    (Image.DecompressionBombWarning, LimitExceeded),
    (UnidentifiedImageError, DamagedFile),
    (EOFError, DamagedFile),
    (OSError, DamagedFile),
    (SyntaxError, DamagedFile),
    (ValueError, DamagedFile),
    (TypeError, DamagedFile),
    (IndexError, DamagedFile),
    (KeyError, DamagedFile),
    (AttributeError, DamagedFile),
    (OverflowError, DamagedFile),
    (ZeroDivisionError, DamagedFile),
    (RuntimeError, DamagedFile),
    (struct.error, DamagedFile),
]


@contextmanager
def translating() -> Iterator[None]:
    """Turn Pillow's errors into ours; its parsers let through what a hostile file makes Python raise."""
    try:
        # Pillow warns of corrupt tags and goes on with what it could read, and so do we.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except tuple(theirs for theirs, _ in ERRORS) as error:
        raise next(ours for theirs, ours in ERRORS if isinstance(error, theirs)) from error


class ImageFile:
    """An open image: one frame, or many as in TIFF; of an animation, only the first.

    Raises:
        DamagedFile: it cannot be opened.
        NoPages: it has no frame.
    """

    def __init__(self, source: BinaryIO, media_type: str, max_pixels: int) -> None:
        if media_type == "image/heic":
            import pillow_heif

            pillow_heif.register_heif_opener(thumbnails=False)
        self._max_pixels = max_pixels
        # The limit is ours and checked below for every frame; Pillow's own would be a warning.
        Image.MAX_IMAGE_PIXELS = None
        with translating():
            self._image = Image.open(source)
            self.frame_count = int(getattr(self._image, "n_frames", 1)) if media_type == "image/tiff" else 1
        if self.frame_count < 1:
            raise NoPages

    def frame(self, number: int) -> Bitmap:
        """The frame of that number, counted from 1, turned as EXIF says, on white, no larger than the pixel limit.

        Raises:
            DamagedFile: it cannot be decoded, or only in part.
            LimitExceeded: it is far too large; nothing was decoded.
        """
        with translating():
            if self.frame_count > 1:
                self._image.seek(number - 1)
            self._check_size()
            # JPEG decodes straight to a half, a quarter or an eighth where asked before loading.
            self._image.draft("RGB", self._within_limit(self._image.size))
            self._image.load()
            upright = ImageOps.exif_transpose(self._image)
            return np.asarray(_on_white(_shrunk(upright, self._within_limit(upright.size))))

    def _check_size(self) -> None:
        width, height = self._image.size
        limit = _TOO_LARGE * self._max_pixels
        if width * height > limit:
            raise LimitExceeded(
                f"the image has {width} x {height} pixels; the limit is {limit}", pixels=width * height, limit=limit
            )
        if width < 1 or height < 1:
            raise DamagedFile("the image has no area")

    def _within_limit(self, size: tuple[int, int]) -> tuple[int, int]:
        return within(size, self._max_pixels)


def within(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """The size, scaled down in proportion where it has too many pixels."""
    width, height = size
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)


def _on_white(image: Image.Image) -> Image.Image:
    """As RGB; what is transparent becomes white, as on paper."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
        values = np.asarray(image, np.float64)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        colour = image.convert("RGBA")
        paper = Image.new("RGBA", colour.size, "white")
        return Image.alpha_composite(paper, colour).convert("RGB")
    return image.convert("RGB")


def as_png(bitmap: Bitmap, side_px: int) -> bytes:
    """A bitmap as PNG, scaled down until its longer side is at most `side_px`."""
    image = Image.fromarray(bitmap)
    image.thumbnail((side_px, side_px))
    buffer = BytesIO()
    # The fastest level is also about the smallest for pages.
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def as_jpeg(bitmap: Bitmap, side_px: int) -> bytes:
    """A bitmap as JPEG, scaled down until its longer side is at most `side_px`."""
    image = Image.fromarray(bitmap)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def blank_jpeg(side_px: int) -> bytes:
    """A white page in portrait, for trying out what takes pages."""
    buffer = BytesIO()
    Image.new("RGB", (max(1, side_px * 7 // 10), side_px), "white").save(buffer, "JPEG")
    return buffer.getvalue()
