"""Llama 4 arithmetic: what an image costs, and the canvas it is laid on. Pure Python; no torch.

A Llama 4 processor cuts an image into tiles of 336 by 336 px on a canvas of `rows` by `columns` tiles, and adds one
global tile where there is more than one. Formulas: `find_supported_resolutions`, `get_best_fit` and
`_prompt_split_image` of transformers' Llama 4 processor; vLLM uses the same.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache

TILE_PX = 336
TILE_TOKENS = (TILE_PX // 14) ** 2 // 4
"""144: a tile has 24 by 24 patches of 14 px, and pixel shuffle makes one token of four."""

Canvas = tuple[int, int]
"""`(rows, columns)` in tiles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A page on a canvas: scaled until it touches, at the canvas' top left; what is left over stays white.

    A picture of exactly the canvas' size is laid by the processor on that canvas as it is, neither scaled nor padded.
    """

    canvas: Canvas
    width: int
    height: int
    """Of the page on the canvas, in pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole canvas in pixels."""
        rows, columns = self.canvas
        return columns * TILE_PX, rows * TILE_PX


def fit(width: float, height: float, max_tiles: int = 16) -> Fit:
    """The page on the canvas of at most so many tiles that shows it largest; of such canvases the smallest.

    Only the ratio of the sides counts, so that points do as well as pixels.
    """
    scales = {each: _scale(width, height, each) for each in supported_canvases(max_tiles)}
    largest = max(scales.values())
    # A canvas that shows the page larger by less than a thousandth (a third of a pixel a tile) is not worth its tiles.
    enough = (each for each, scale in scales.items() if scale >= largest * 0.999)
    return place(width, height, min(enough, key=lambda each: each[0] * each[1]))


def place(width: float, height: float, canvas: Canvas) -> Fit:
    """A page of so many points or pixels on a canvas that was chosen for it."""
    scale = _scale(width, height, canvas)
    return Fit(canvas=canvas, width=max(1, round(width * scale)), height=max(1, round(height * scale)))


def _scale(width: float, height: float, canvas: Canvas) -> float:
    rows, columns = canvas
    return min(columns * TILE_PX / width, rows * TILE_PX / height)


def image_tokens(width: int, height: int, max_tiles: int = 16) -> int:
    """Prompt tokens that an image of so many pixels is charged."""
    rows, columns = canvas(width, height, max_tiles)
    return canvas_tokens(rows * columns)


def canvas_tokens(tiles: int) -> int:
    """Prompt tokens of a canvas: 147 for one tile, else 147 + 145 for each tile.

    Begin, end and image marks are three; each tile brings its tokens and one separator; the global tile has none.
    """
    return 3 + TILE_TOKENS + ((TILE_TOKENS + 1) * tiles if tiles > 1 else 0)


def canvas(width: int, height: int, max_tiles: int = 16) -> Canvas:
    """The canvas that the processor lays an image on.

    The smallest scale that enlarges, else the largest that shrinks; of canvases that scale alike the smallest.
    """
    canvases = supported_canvases(max_tiles)
    scales = [min(_float32(r * TILE_PX / height), _float32(c * TILE_PX / width)) for r, c in canvases]
    enlarging = [scale for scale in scales if scale >= 1]
    chosen = min(enlarging) if enlarging else max(scales)
    fitting = (each for each, scale in zip(canvases, scales, strict=True) if scale == chosen)
    return min(fitting, key=lambda each: each[0] * each[1])


@lru_cache
def supported_canvases(max_tiles: int) -> tuple[Canvas, ...]:
    """All canvases of at most so many tiles, in the processor's order (ties are decided by it)."""
    by_ratio: dict[float, list[Canvas]] = {}
    for tiles in range(max_tiles, 0, -1):
        factors = {f for i in range(1, int(tiles**0.5) + 1) if tiles % i == 0 for f in (i, tiles // i)}
        for rows in sorted(factors):
            by_ratio.setdefault(rows / (tiles // rows), []).append((rows, tiles // rows))
    return tuple(each for group in by_ratio.values() for each in group)


def _float32(value: float) -> float:
    """Rounded as torch divides integers."""
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
