"""What a scanner and a telephone camera do to paper: turn it, blur it, light it unevenly, add noise."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.float32]


def turned(page: Image.Image, degrees: float, *, fill: int = 255) -> Image.Image:
    """The page lying askew; counter-clockwise, same size."""
    return page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=fill)


def blurred(page: Image.Image, radius: float) -> Image.Image:
    """Slightly out of focus; `radius` in pixels."""
    return page.filter(ImageFilter.GaussianBlur(radius))


def uneven_light(page: Pixels, darkest: float) -> Pixels:
    """Lighter at the upper left, `darkest` (0 to 1) at the lower right, as under a lamp at one side."""
    rows = np.linspace(0, 1, page.shape[0], dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, page.shape[1], dtype=np.float32)[None, :]
    shade = (1 - darkest) * ((rows + columns) / 2) ** 1.5
    return (page * (1 - shade)).astype(np.float32)


def noisy(page: Pixels, sigma: float, random: np.random.Generator) -> Pixels:
    """Gaussian noise of a sensor in the dark; `sigma` in grey levels."""
    return page + random.normal(0, sigma, page.shape).astype(np.float32)


def specked(page: Pixels, share: float, random: np.random.Generator) -> Pixels:
    """Dust: a share of the pixels turned black or white."""
    hit = random.random(page.shape)
    page = page.copy()
    page[hit < share / 2] = 0
    page[hit > 1 - share / 2] = 255
    return page


def as_pixels(page: Image.Image) -> Pixels:
    """Grey levels 0 to 255."""
    return np.asarray(page, dtype=np.float32)


def as_image(page: Pixels) -> Image.Image:
    """Back to an image, clipped to what it can hold."""
    return Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))


def opened(png: bytes) -> Image.Image:
    """A drawn page in grey."""
    return Image.open(BytesIO(png)).convert("L")
