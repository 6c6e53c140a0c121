"""The embedded `Transcriber`: Moonshine's tiny English model (27 million weights) on ONNX Runtime. Draft quality.

Described in: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands", 2024
(arXiv 2410.15608). On one core it takes about a fortieth of the recording's time.
"""

import math
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.models import moonshine_weights as weights
from pipeline.models.speech_pieces import Heard, SpeechPieces
from pipeline.models.transcription import SAMPLE_RATE, Transcript
from pipeline.models.voice_activity import version as voice_activity_version
from schemas.documents import Segment

PIECE_SECONDS = 10.0
"""Regions of speech are heard together up to this length: it hears sentences better than their parts, and a segment has
the times of its piece only."""
TOKENS_PER_SECOND = 6.5
"""Nobody speaks more; the model repeats itself where there is no speech it knows (the paper's limit)."""
SHORTEST = SAMPLE_RATE // 2
"""Samples; shorter pieces are filled with silence."""
BEGIN, END = 1, 2
_HEADS, _WIDTH = 8, 36
_FATAL = 4
"""ONNX Runtime's severity; below it a session prints notes about the graph to stderr."""


class Moonshine:
    """Moonshine tiny, English. Thread-safe. The model (160 MB in memory) is loaded for the first recording.

    Raises:
        ModelUnavailable: the package with the model is not installed.
        ModelError: the package that finds speech is missing.
    """

    def __init__(self) -> None:
        self._folder = weights.installed()
        self._pieces = SpeechPieces()
        self._loading = threading.Lock()
        self._model: _Model | None = None

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """One segment for each stretch of speech of at most 20 s, with capitals and punctuation.

        Raises:
            ModelUnavailable: the model's files are not the original ones.
            ModelError: the runtime failed.
            JobCancelled: `cancelled` returned true; it is asked before each segment.
        """
        heard = self._pieces.transcribe(
            samples, self._hear, seconds=PIECE_SECONDS, progress=progress, cancelled=cancelled
        )
        produced_by = {"moonshine-tiny-en": version(weights.DISTRIBUTION), "silero-vad": voice_activity_version()}
        return Transcript(segments=list(heard.segments), language="en", quality="draft", produced_by=produced_by)

    def _hear(self, piece: NDArray[np.float32]) -> Heard:
        text, confidence = self._loaded().hear(piece)
        return Heard(segments=[Segment(start=0, end=len(piece) / SAMPLE_RATE, text=text, confidence=confidence)])

    def _loaded(self) -> "_Model":
        with self._loading:
            if self._model is None:
                self._model = _Model(
                    _session(weights.verified(self._folder, weights.ENCODER)),
                    _session(weights.verified(self._folder, weights.DECODER)),
                    weights.vocabulary(weights.verified(self._folder, weights.VOCABULARY)),
                )
            return self._model


class _Model:
    """An encoder of sound, and a decoder that writes token by token, each the most probable."""

    def __init__(self, encoder: Any, decoder: Any, vocabulary: tuple[bytes, ...]) -> None:  # noqa: ANN401 - no types
        self._encoder = encoder
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._outputs = [output.name for output in decoder.get_outputs()]
        self._past = [each.name for each in decoder.get_inputs() if each.name.startswith("past_key_values")]

    def hear(self, samples: NDArray[np.float32]) -> tuple[str, float]:
        """What is said, and the geometric mean of the tokens' probabilities.

        Raises:
            ModelError: the runtime failed.
        """
        padded = np.pad(samples, (0, max(0, SHORTEST - len(samples))))[None]
        try:
            tokens, logs = self._written(padded)
        except Exception as error:  # ONNX Runtime's errors share no base
            raise ModelError("the recognizer of speech failed") from error
        return weights.text_of([self._vocabulary[token] for token in tokens]), round(math.exp(sum(logs) / len(logs)), 3)

    def _written(self, samples: NDArray[np.float32]) -> tuple[list[int], list[float]]:
        """Tokens, and the logarithms of their probabilities with the end's where it was reached."""
        mask = np.ones(samples.shape, np.int64)  # of samples; the decoder's graph thins it out itself
        (states,) = self._encoder.run(None, {"input_values": samples, "attention_mask": mask})
        fixed = {"encoder_hidden_states": states, "encoder_attention_mask": mask}
        past = dict.fromkeys(self._past, np.zeros((1, _HEADS, 0, _WIDTH), np.float32))
        tokens: list[int] = []
        logs: list[float] = []
        token = BEGIN
        for step in range(math.ceil(samples.size / SAMPLE_RATE * TOKENS_PER_SECOND) + 1):
            inputs = {"input_ids": np.array([[token]], np.int64), "use_cache_branch": np.array([step > 0])}
            found = dict(zip(self._outputs, self._decoder.run(None, inputs | fixed | past), strict=True))
            for name in self._past:
                if step == 0 or ".decoder." in name:  # what it keeps of the encoder's states it says once
                    past[name] = found[name.replace("past_key_values", "present")]
            token, log = _likeliest(found["logits"][0, -1])
            logs.append(log)
            if token == END:
                break
            tokens.append(token)
        return tokens, logs


def _likeliest(logits: NDArray[np.float32]) -> tuple[int, float]:
    token = int(logits.argmax())
    return token, -float(np.log(np.exp(logits - logits[token]).sum()))


def _session(content: bytes) -> Any:  # noqa: ANN401 - onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.load_model_format", "ORT")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base
        raise ModelError("the recognizer's model cannot be loaded by this ONNX Runtime") from error
