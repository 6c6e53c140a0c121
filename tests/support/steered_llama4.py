"""A tiny Llama 4 whose random weights are outvoted by a script: what it says is known, all around it is real.

Prompts, images, batches, grammars, sampling, scores and the generation loop are those of the adapter; only the logits
of each step are raised at one token. Where a grammar forbids that token, the random weights speak.
"""

import time
from collections.abc import Sequence
from functools import wraps
from typing import Any

import torch

from pipeline.model_settings import TransformersChatModel
from pipeline.models.scripted import LOOP_TEXT, Step
from pipeline.models.transformers_chat.engine import Engine
from pipeline.models.transformers_chat.turn import Turn

SILENT = "<|step|>"
"""A mark that is no part of the text: said by a model that is slow to come to its point."""
SILENT_STEPS = 24
RAISED = 1e4


class SteeredEngine(Engine):
    """Each turn takes the next step."""

    def __init__(self, settings: TransformersChatModel, steps: Sequence[Step]) -> None:
        super().__init__(settings)
        self._steps = list(steps)
        self._forward = self._model.forward

        @wraps(self._forward)  # generate looks at its signature
        def steered(*arguments: Any, **options: Any) -> Any:
            return self._steer(*arguments, **options)

        self._model.forward = steered
        self._rows: list[list[int]] = []
        self._pauses: list[float] = []
        self._place = 0

    def generate(self, turns: Sequence[Turn], *more: Any) -> None:
        taken = [self._steps.pop(0) for _ in turns]
        self._rows = [self._tokens(step, turn) for step, turn in zip(taken, turns, strict=True)]
        self._pauses = [step.seconds / SILENT_STEPS for step in taken if step.behave == "slow"]
        self._broken = any(step.behave == "crash" for step in taken)
        self._place = 0
        super().generate(turns, *more)

    def _tokens(self, step: Step, turn: Turn) -> list[int]:
        tokenizer = self._processor.tokenizer
        text = step.content if step.behave != "loop" else (step.text or LOOP_TEXT) * turn.request.max_tokens
        if turn.grammar is not None:
            text = text.replace(": ", ":").replace(", ", ",")
        silence = [tokenizer.convert_tokens_to_ids(SILENT)] * (SILENT_STEPS if step.behave == "slow" else 0)
        return [*silence, *tokenizer(text, add_special_tokens=False)["input_ids"], self._ends[0]]

    def _steer(self, *arguments: Any, **options: Any) -> Any:
        if self._broken:
            raise torch.OutOfMemoryError("tried to allocate 80.00 GiB")
        if self._pauses and self._place < SILENT_STEPS:
            time.sleep(max(self._pauses))
        made = self._forward(*arguments, **options)
        for row, tokens in enumerate(self._rows):
            made.logits[row, -1, tokens[min(self._place, len(tokens) - 1)]] += RAISED
        self._place += 1
        return made
