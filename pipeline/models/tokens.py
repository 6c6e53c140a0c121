"""Counting the tokens of a prompt before it is sent, without a model at hand."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from pipeline.models.llama4 import image_tokens

PIXELS_PER_TOKEN = 28 * 28
"""Of models that cut an image into squares of 28 px (Qwen-VL and its kin)."""


class Tokens(BaseModel):
    """How a model's tokens are counted; plain values, so that a child process can count too.

    With `tokenizer` texts are counted exactly; else by bytes, a little too high for most languages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokenizer: Path | None = None
    """A `tokenizer.json`."""
    bytes_per_token: float = 3.0
    images: Literal["llama4", "pixels"] = "llama4"
    max_tiles: int = 16
    """`max_patches` of a Llama 4 processor: tiles of 336 px in one image, the global one not counted."""
    turn: int = 6
    """Around each message."""
    prompt: int = 8
    """Around all messages."""
    audio_per_second: float = 25.0

    def text(self, text: str) -> int:
        """Tokens of a text."""
        if self.tokenizer is None:
            return -int(-len(text.encode()) // self.bytes_per_token)
        return len(_tokenizer(self.tokenizer).encode(text, add_special_tokens=False).ids)

    def image(self, width: int, height: int) -> int:
        """Tokens of an image of so many pixels."""
        if self.images == "llama4":
            return image_tokens(width, height, self.max_tiles)
        return -(-width * height // PIXELS_PER_TOKEN)


_loading = threading.Lock()


@lru_cache(maxsize=4)
def _load(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def _tokenizer(path: Path) -> Tokenizer:
    with _loading:  # lru_cache would load it once for each waiting thread
        return _load(path)
