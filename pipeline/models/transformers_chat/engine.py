"""The model itself: loads a checkpoint and answers batches of turns."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    AutoProcessor,
    GenerationConfig,
    LogitsProcessorList,
    StoppingCriteriaList,
)
from transformers.utils import logging as transformers_logging

from pipeline.errors import ModelError, ModelUnavailable, SettingsError
from pipeline.model_settings import TransformersChatModel as Settings
from pipeline.models.transformers_chat.batches import OUT_OF_MEMORY
from pipeline.models.transformers_chat.decoding import Choice, Hearing
from pipeline.models.transformers_chat.prompts import Prompts
from pipeline.models.transformers_chat.turn import Turn
from pipeline.models.transformers_chat.vocabulary import Vocabulary

log = logging.getLogger(__name__)

ARCHITECTURE = "llama4"
ATTENTION = "sdpa"
"""Llama 4's chunked masks fail with flex attention (transformers issues 37351, 37352)."""

MOST_CONTEXT = 131_072
"""Where the settings name none: checkpoints allow up to ten million tokens, which no memory holds."""


class Engine:
    """A checkpoint on one device. Nothing is downloaded.

    Raises:
        SettingsError: there is no Llama 4 at that path, or the device is not there.
        ModelUnavailable: it does not fit into memory.
    """

    def __init__(self, settings: Settings) -> None:
        transformers_logging.disable_progress_bar()  # standard error holds log lines
        self._device = _device(settings.device)
        with _loading(settings):
            config = AutoConfig.from_pretrained(settings.path, local_files_only=True)
            if config.model_type != ARCHITECTURE:
                raise SettingsError(
                    f"chat.path: {settings.path} is a {config.model_type} model; only Llama 4 is run here"
                )
            self._processor = AutoProcessor.from_pretrained(settings.path, local_files_only=True)
            self._model: Any = self._load(settings)
        text = config.get_text_config()
        self.context_tokens: int = min(settings.context_tokens or MOST_CONTEXT, text.max_position_embeddings)
        self.prompts = Prompts(self._processor)
        self._ends = _as_list(self._model.generation_config.eos_token_id or text.eos_token_id)
        self._pad = self._processor.tokenizer.pad_token_id
        self.vocabulary = Vocabulary(self._processor.tokenizer, text.vocab_size, self._ends)

    def _load(self, settings: Settings) -> Any:  # noqa: ANN401 - transformers is not typed
        # Converted while loading: to convert a whole model would drop the imaginary part of its rotary embeddings.
        dtype = settings.dtype if settings.dtype == "auto" else getattr(torch, settings.dtype)
        model = AutoModelForImageTextToText.from_pretrained(
            settings.path, dtype=dtype, attn_implementation=ATTENTION, local_files_only=True
        )
        return model.to(self._device).eval()

    def generate(self, turns: Sequence[Turn], ended: Callable[[], bool] = lambda: False) -> None:
        """Answer turns together, until each is done or `ended` is true.

        Raises:
            ModelUnavailable: the device is out of memory (then with the fact `reason`), or the model failed.
        """
        choice = Choice(turns, self.vocabulary)
        hearing = Hearing(turns, self.vocabulary, choice, ended)
        with _generating():
            self._model.generate(
                **self._padded(turns),
                generation_config=GenerationConfig(
                    max_new_tokens=max(turn.request.max_tokens for turn in turns),
                    do_sample=False,
                    eos_token_id=self._ends,
                    pad_token_id=self._pad,
                ),
                logits_processor=LogitsProcessorList([choice]),
                stopping_criteria=StoppingCriteriaList([hearing]),
            )

    def _padded(self, turns: Sequence[Turn]) -> dict[str, torch.Tensor]:
        """Prompts of different lengths, padded on the left so that all go on from the same place."""
        longest = max(len(turn.prompt.ids) for turn in turns)
        ids = torch.full((len(turns), longest), self._pad)
        attention = torch.zeros_like(ids)
        for row, turn in enumerate(turns):
            start = longest - len(turn.prompt.ids)
            ids[row, start:] = torch.tensor(turn.prompt.ids)
            attention[row, start:] = 1
        inputs = {"input_ids": ids.to(self._device), "attention_mask": attention.to(self._device)}
        tiles = [turn.prompt.pixels for turn in turns if turn.prompt.pixels is not None]
        if tiles:
            inputs["pixel_values"] = torch.cat(tiles).to(self._device, self._model.dtype)
        return inputs

    def close(self) -> None:
        """Let go of the model's memory."""
        self._model = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise SettingsError(f"chat.device: {wanted} is asked for, but torch finds no CUDA device")
    return torch.device(wanted)


def _as_list(ids: int | list[int]) -> list[int]:
    return ids if isinstance(ids, list) else [ids]


@contextmanager
def _loading(settings: Settings) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(error) from error
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        first = str(error).strip().splitlines()[0]
        raise SettingsError(f"chat.path: {settings.path} cannot be loaded: {first}", path=str(settings.path)) from error


@contextmanager
def _generating() -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(error) from error
    except Exception as error:
        # Whatever the libraries raise in the thread that all requests share ends here, as an error of these requests.
        log.exception("the model failed on a batch")
        kind = type(error).__name__
        raise ModelUnavailable(f"the model failed with {kind}", exception=kind) from error


def _out_of_memory(error: Exception) -> ModelUnavailable:
    first = str(error).strip().splitlines()[0]
    return ModelUnavailable(f"the device is out of memory: {first}", reason=OUT_OF_MEMORY)
