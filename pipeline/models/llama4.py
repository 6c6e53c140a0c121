"""Llama 4 arithmetic: what an image costs, and the canvas it is laid on. Pure Python; no torch.

A Llama 4 processor cuts an image into tiles of 336 by 336 px on a canvas of `rows` by `columns` tiles, and adds one
global tile where there is more than one. Formulas: `find_supported_resolutions`, `get_best_fit` and
`_prompt_split_image` of transformers' Llama 4 processor; vLLM uses the same.
"""

import struct
from functools import lru_cache

TILE_PX = 336
TILE_TOKENS = (TILE_PX // 14) ** 2 // 4
"""144: a tile has 24 by 24 patches of 14 px, and pixel shuffle makes one token of four."""

Canvas = tuple[int, int]
"""`(rows, columns)` in tiles."""


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
