"""Our arithmetic against the real processor, which is what a server charges by."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor
from transformers.models.llama4.image_processing_llama4 import find_supported_resolutions, get_best_fit

from pipeline.models.llama4 import TILE_PX, canvas, canvas_tokens, fit, image_tokens, supported_canvases

PROCESSED = 2_000
CHOSEN = 20_000


@pytest.fixture(scope="module")
def processor(checkpoint: Path):
    return AutoProcessor.from_pretrained(checkpoint)


def charged(processor, width: int, height: int, max_tiles: int) -> int:
    """Tokens of the prompt that the processor makes of one image, and nothing else."""
    image = Image.fromarray(np.zeros((height, width, 3), np.uint8))
    made = processor(
        images=[image], text="<|image|>", add_special_tokens=False, images_kwargs={"max_patches": max_tiles}
    )
    return len(made["input_ids"][0])


def test_the_processor_charges_what_we_count(processor, capsys) -> None:
    chance = random.Random(4)
    differences = []
    for _ in range(PROCESSED):
        width, height = (int(2 ** chance.uniform(3, 10)) for _ in range(2))
        most = min(chance.randint(1, 16), chance.randint(1, 16))  # few tiles more often: they are quick
        ours, theirs = image_tokens(width, height, most), charged(processor, width, height, most)
        if ours != theirs:
            differences.append((width, height, most, ours, theirs))
    with capsys.disabled():
        print(f"\n{PROCESSED} images processed, {len(differences)} counted differently")
    assert differences == []


def test_the_processor_chooses_the_canvas_that_we_choose(capsys) -> None:
    chance = random.Random(5)
    patch = type("Size", (), {"height": TILE_PX, "width": TILE_PX})
    resolutions = {most: torch.tensor(find_supported_resolutions(most, patch)) for most in range(1, 33)}
    differences = []
    for _ in range(CHOSEN):
        width, height, most = chance.randint(1, 8_000), chance.randint(1, 8_000), chance.randint(1, 32)
        theirs = tuple(int(side) // TILE_PX for side in get_best_fit((height, width), resolutions[most]))
        if theirs != canvas(width, height, most):
            differences.append((width, height, most, canvas(width, height, most), theirs))
    with capsys.disabled():
        print(f"\n{CHOSEN} canvases chosen, {len(differences)} differently")
    assert differences == []


@pytest.mark.parametrize("chosen", supported_canvases(16))
def test_a_picture_of_an_exact_canvas_is_charged_for_that_canvas(processor, chosen: tuple[int, int]) -> None:
    rows, columns = chosen
    assert charged(processor, columns * TILE_PX, rows * TILE_PX, 16) == canvas_tokens(rows * columns)


@pytest.mark.parametrize("page", [(595, 842), (612, 792), (842, 595), (298, 1192), (1190, 1684)])
def test_a_fitted_page_is_not_scaled_again(processor, page: tuple[int, int]) -> None:
    fitted = fit(*page, 16)
    width, height = fitted.size
    rows, columns = fitted.canvas
    pixels = np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8)
    tiles = processor.image_processor(images=[Image.fromarray(pixels)], return_tensors="pt")["pixel_values"]
    assert tiles.shape == (rows * columns + 1, 3, TILE_PX, TILE_PX)
    first = (tiles[0].double().numpy() * 0.5 + 0.5) * 255
    assert np.abs(first.transpose(1, 2, 0) - pixels[:TILE_PX, :TILE_PX]).max() < 1.5  # computed in bfloat16
