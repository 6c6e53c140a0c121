"""Pages and tokens a second of the in-process Llama 4, against a bare `generate` loop over the same requests.

Runs in the environment of `make test-models`: `.venv-models/bin/python -m bench generate`. On a GPU the checkpoint has
layers as wide as Scout's, four of them, of random weights (11.7 billion parameters); on a CPU it is tiny. Both sides
take the same pages and prompts in batches of the same size, decode and tile the images themselves, and answer greedily.
They take turns, and medians are reported: `ratio_to_generate` above 1 means that the adapter says more tokens a second,
as it may, since it prepares the next batch while one is answered. `--folder` names another checkpoint.
"""

import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from pipeline.model_settings import TransformersChatModel as Settings
from pipeline.models.chat import ChatRequest, ImagePart, Message, complete

BATCH = 8
CANVAS = (3, 2)


def main(quick: bool, folder: Path | None = None) -> dict[str, Any]:
    """Run it."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as made:
        checkpoint = folder or _built(Path(made), device)
        rounds, tokens = (3, 32) if quick else (7, 128)
        requests = [_request(number, tokens) for number in range(2 * BATCH)]
        print(f"{len(requests)} pages of {CANVAS[0]} by {CANVAS[1]} tiles, {tokens} tokens of answer, on {device}")
        with _sides(checkpoint, device) as sides:
            figures = _measured(sides, requests, rounds)
    peak = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else None
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return {"device": name, "rounds": rounds, **figures, "peak_memory_gb_of_both": peak}


def _built(folder: Path, device: str) -> Path:
    from tests.support import tiny_llama4

    tiny_llama4.build(folder, tiny_llama4.WIDE if device == "cuda" else tiny_llama4.TINY, device)
    return folder


def _request(number: int, tokens: int) -> ChatRequest:
    """A page of lines, each a little different, and an instruction."""
    rows, columns = CANVAS
    image = Image.new("RGB", (columns * 336, rows * 336), "white")
    drawing = ImageDraw.Draw(image)
    for line in range(40):
        drawing.text(
            (30, 20 + 24 * line), f"line {line} of page {number}: {line * number * 7919 % 10_000}", fill="black"
        )
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90)
    page = ImagePart(data=data.getvalue(), media_type="image/jpeg", width=image.width, height=image.height)
    parts: list[str | ImagePart] = [f"Page {number}", page, "Read all lines. " * (1 + number % 4)]
    return ChatRequest(messages=[Message(role="user", parts=parts)], max_tokens=tokens, timeout_seconds=3_600.0)


Side = Callable[[Sequence[ChatRequest]], int]
"""Answers all requests; gives the number of tokens said."""


class _sides:  # noqa: N801 - a context manager, used as a function
    """The adapter and the bare loop over one checkpoint, by name."""

    def __init__(self, checkpoint: Path, device: str) -> None:
        from pipeline.models.transformers_chat.adapter import TransformersChatModel

        self._model = TransformersChatModel(Settings(path=checkpoint, device=device, max_batch=BATCH))
        self._pool = ThreadPoolExecutor(2 * BATCH)
        self._bare = _Bare(checkpoint, device)

    def __enter__(self) -> dict[str, Side]:
        return {"adapter": self._adapter, "bare": self._bare.answer}

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        self._model.close()

    def _adapter(self, requests: Sequence[ChatRequest]) -> int:
        return sum(
            answer.output_tokens for answer in self._pool.map(lambda each: complete(self._model, each), requests)
        )


class _Bare:
    """What anybody would write: a batch through the processor, `generate`, and back to text."""

    def __init__(self, checkpoint: Path, device: str) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self._device = device
        self._processor = AutoProcessor.from_pretrained(checkpoint)
        self._processor.tokenizer.padding_side = "left"
        model = AutoModelForImageTextToText.from_pretrained(checkpoint, dtype="auto", attn_implementation="sdpa")
        self._model = model.to(device).eval()

    def answer(self, requests: Sequence[ChatRequest]) -> int:
        """Answer all, batch by batch."""
        return sum(self._batch(requests[start : start + BATCH]) for start in range(0, len(requests), BATCH))

    def _batch(self, requests: Sequence[ChatRequest]) -> int:
        texts = [self._text(request) for request in requests]
        images = [list(_images(request)) for request in requests]
        inputs = self._processor(
            images=images, text=texts, add_special_tokens=False, padding=True, return_tensors="pt"
        ).to(self._device, self._model.dtype)
        made = self._model.generate(**inputs, max_new_tokens=requests[0].max_tokens, do_sample=False)
        answers = made[:, inputs["input_ids"].shape[1] :]
        self._processor.batch_decode(answers, skip_special_tokens=True)
        pad = self._model.generation_config.pad_token_id
        return int((answers != pad).sum())

    def _text(self, request: ChatRequest) -> str:
        (message,) = request.messages
        content = [
            {"type": "text", "text": part} if isinstance(part, str) else {"type": "image"} for part in message.parts
        ]
        rendered: str = self._processor.apply_chat_template(
            [{"role": message.role, "content": content}], add_generation_prompt=True, tokenize=False
        )
        return rendered


def _images(request: ChatRequest) -> Iterator[Image.Image]:
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ImagePart):
                yield Image.open(io.BytesIO(part.data)).convert("RGB")


def _measured(sides: dict[str, Side], requests: Sequence[ChatRequest], rounds: int) -> dict[str, float]:
    """Medians over rounds in which the sides take turns, after one round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    tokens: dict[str, int] = {}
    for number in range(rounds + 1):
        for name in list(sides) if number % 2 else list(sides)[::-1]:
            started = time.perf_counter()
            tokens[name] = sides[name](requests)
            seconds[name].append(time.perf_counter() - started)
        print("  ".join(f"{name} {each[-1]:.2f} s" for name, each in seconds.items()), flush=True)
    medians = {name: statistics.median(each[1:]) for name, each in seconds.items()}
    return {
        "ratio_to_generate": medians["bare"] / medians["adapter"] * tokens["adapter"] / tokens["bare"],
        "pages_per_s": len(requests) / medians["adapter"],
        "tokens_per_s": tokens["adapter"] / medians["adapter"],
        "bare_pages_per_s": len(requests) / medians["bare"],
        "bare_tokens_per_s": tokens["bare"] / medians["bare"],
    }
