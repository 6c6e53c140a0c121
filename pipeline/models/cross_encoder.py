"""The `Reranker` in this process: a cross-encoder (Nogueira & Cho 2019, arXiv 1901.04085) on ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError, SettingsError
from pipeline.model_settings import CrossEncoderReranker as Settings

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
BATCH = 8
"""Passages at a time; of like length, so that little is padding."""
INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Names of the model's inputs → what the tokenizer makes for them."""


class CrossEncoder:
    """A sequence classifier with one output, or two of which the second says "relevant".

    Raises:
        SettingsError: the folder holds no such model.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = settings.path.name
        self._tokenizer = _tokenizer(settings.path, settings.max_tokens)
        self._session = _session(settings.path, settings.threads)
        self._inputs = [each.name for each in self._session.get_inputs()]
        unknown = sorted(set(self._inputs) - set(INPUTS))
        if unknown or "input_ids" not in self._inputs:
            raise SettingsError(
                f"reranker.path: the model takes {', '.join(self._inputs)}, which no cross-encoder does"
            )

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """The model's outputs before any squashing, in the order of the passages.

        Raises:
            ModelError: the runtime failed, or the model gives something else.
        """
        pairs = [(_encodable(query), _encodable(passage)) for passage in passages]
        encoded = [self._tokenizer.encode(*pair) for pair in pairs]
        order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].ids))
        found = np.zeros(len(encoded), np.float64)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found[rows] = self._run([encoded[row] for row in rows])
        if not np.isfinite(found).all():
            raise ModelError("The cross-encoder gave a score that is no number.")
        return [float(score) for score in found]

    def _run(self, encoded: Sequence[Any]) -> NDArray[np.float64]:
        width = max(len(each.ids) for each in encoded)
        arrays = {name: np.zeros((len(encoded), width), np.int64) for name in self._inputs}
        for row, each in enumerate(encoded):
            for name, array in arrays.items():
                array[row, : len(each.ids)] = getattr(each, INPUTS[name])
        try:
            logits = np.asarray(self._session.run(None, arrays)[0], np.float64)
        except Exception as error:  # ONNX Runtime's errors share no base
            raise ModelError("The cross-encoder failed.") from error
        if logits.ndim == 2 and logits.shape[1] == 2:
            return np.asarray(logits[:, 1] - logits[:, 0])
        if logits.size != len(encoded):
            raise ModelError("The cross-encoder gives no score for each passage.")
        return logits.reshape(-1)


def _encodable(text: str) -> str:
    """Half a surrogate pair, as broken files hold them, is no text to the tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _tokenizer(folder: Path, max_tokens: int) -> Any:  # noqa: ANN401 - tokenizers has no types
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises bare exceptions
        raise SettingsError(f"reranker.path: {folder} holds no usable {TOKENIZER}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return tokenizer


def _session(folder: Path, threads: int) -> Any:  # noqa: ANN401 - onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: its warnings are about fusions
    try:
        return onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base
        raise SettingsError(f"reranker.path: {folder} holds no usable {MODEL}") from error
