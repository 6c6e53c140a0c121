"""Conversations → prompts, by the checkpoint's own template, tokenizer and image processor."""

import re
import threading
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from PIL import Image
from tokenizers import AddedToken

from pipeline.errors import ModelRejected
from pipeline.models.chat import ImagePart, Message, Part
from pipeline.models.llama4 import image_tokens
from pipeline.models.transformers_chat.turn import Prompt


class Prompts:
    """Makes prompts and counts them. Thread-safe."""

    def __init__(self, processor: Any) -> None:  # noqa: ANN401 - transformers is not typed
        self._processor = processor
        self._tokenizer = processor.tokenizer
        self.max_tiles = int(processor.image_processor.max_patches)
        marks: list[AddedToken] = list(self._tokenizer.added_tokens_decoder.values())
        self._marks = re.compile("|".join(re.escape(str(mark)) for mark in marks))
        # A tokenizer borrows itself while it pads or truncates, and fails where another thread asks meanwhile.
        self._lock = threading.Lock()

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt, without decoding an image.

        Raises:
            ModelRejected: the messages hold what the model does not take.
        """
        text = self._text(messages)
        with self._lock:
            ids = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        # The text holds one mark for each image, which stays as one of the image's tokens.
        pictures = [image_tokens(part.width, part.height, self.max_tiles) - 1 for part in images(messages)]
        return len(ids) + sum(pictures)

    def make(self, messages: Sequence[Message]) -> Prompt:
        """The prompt, its images decoded and tiled.

        Raises:
            ModelRejected: the messages hold what the model does not take, or an image cannot be decoded.
        """
        text = self._text(messages)
        pictures = [_decoded(part) for part in images(messages)]
        with self._lock:
            if not pictures:
                return Prompt(ids=self._tokenizer(text, add_special_tokens=False)["input_ids"])
            made = self._processor(images=pictures, text=text, add_special_tokens=False, return_tensors="pt")
        return Prompt(ids=made["input_ids"][0].tolist(), pixels=made["pixel_values"])

    def _text(self, messages: Sequence[Message]) -> str:
        turns = [{"role": message.role, "content": self._content(message)} for message in messages]
        rendered: str = self._processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        return rendered

    def _content(self, message: Message) -> list[dict[str, str]]:
        if message.role != "system":
            return [self._part(part) for part in message.parts]
        texts = [part for part in message.parts if isinstance(part, str)]
        if len(texts) != len(message.parts):
            raise ModelRejected("a system message holds texts only")
        return [{"type": "text", "text": self._plain("".join(texts))}]  # the template looks at the first part only

    def _part(self, part: Part) -> dict[str, str]:
        if isinstance(part, str):
            return {"type": "text", "text": self._plain(part)}
        if isinstance(part, ImagePart):
            return {"type": "image"}
        raise ModelRejected("the model takes no sound")

    def _plain(self, text: str) -> str:
        """A text without the template's marks: a document that holds `<|eot|>` would otherwise end its message."""
        return self._marks.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)


def images(messages: Sequence[Message]) -> Iterator[ImagePart]:
    """All images of a conversation in order."""
    return (part for message in messages for part in message.parts if isinstance(part, ImagePart))


def _decoded(part: ImagePart) -> Image.Image:
    try:
        image = Image.open(BytesIO(part.data), formats=["JPEG", "PNG"])
        if image.size != (part.width, part.height):
            width, height = image.size
            raise ModelRejected(
                f"an image of {width} x {height} pixels where {part.width} x {part.height} were counted"
            )
        return image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise ModelRejected("an image cannot be decoded") from error
