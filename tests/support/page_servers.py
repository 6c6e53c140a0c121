"""A stand-in for a vLLM with a late-interaction model: a vector for each patch of a page, by its colour."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.model_settings import ServerPageEmbedder as Settings
from pipeline.models.openai_api.page_embedder import ServerPageEmbedder
from tests.support.stand_in import Answer, Asked, StandIn, standing_in

JSON = {"Content-Type": "application/json"}
PATH = "POST /pooling"
DIMENSIONS = 4
COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
PATCHES = 3
"""A side."""


def pooling(request: Asked) -> Answer:
    """As vLLM 0.32 answers `token_embed`: for a picture a vector a patch, for a text one a word; not of length 1."""
    asked = request.json
    assert asked["task"] == "token_embed"
    if "messages" in asked:
        (message,) = asked["messages"]
        start, url = message["content"][0]["image_url"]["url"].split(",", 1)
        assert start == "data:image/jpeg;base64"
        vectors = patches(b64decode(url))
    else:
        vectors = np.array([word(each) for each in asked["input"].lower().split()] or [word("")], np.float32)
    return pooled(vectors * 3, asked["encoding_format"])


def pooled(vectors: NDArray[np.float32], form: str = "base64") -> Answer:
    data = b64encode(vectors.astype("<f4").tobytes()).decode() if form == "base64" else vectors.tolist()
    row = {"index": 0, "object": "pooling", "data": data}
    usage = {"prompt_tokens": len(vectors), "total_tokens": len(vectors)}
    return 200, {"id": "pool-1", "object": "list", "created": 1, "model": "tiny", "data": [row], "usage": usage}, JSON


def patches(jpeg: bytes) -> NDArray[np.float32]:
    """What is white or black says nothing of a colour, and lies on the last axis."""
    image = Image.open(BytesIO(jpeg)).convert("RGB").resize((PATCHES, PATCHES), Image.Resampling.BOX)
    pixels = np.asarray(image, np.float32).reshape(-1, 3) / 255
    tinted = pixels - pixels.min(axis=1, keepdims=True)
    return np.concatenate([tinted, np.full((len(tinted), 1), 0.1, np.float32)], axis=1)


def word(text: str) -> tuple[float, ...]:
    return (*COLOURS[text], 0.0) if text in COLOURS else (0.0, 0.0, 0.0, 1.0)


def coloured(colour: str, side: int = 64) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, "JPEG")
    return buffer.getvalue()


@contextmanager
def page_server(answer: object = pooling) -> Iterator[StandIn]:
    with standing_in(answers={PATH: answer}) as made:
        yield made


def page_settings(url: str, **more: Any) -> Settings:
    return Settings(**{"url": f"{url}/v1", "model": "tiny", "dimensions": DIMENSIONS, **more})


def pages_at(url: str, **more: Any) -> ServerPageEmbedder:
    return ServerPageEmbedder(page_settings(url, **more))
