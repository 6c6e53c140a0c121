"""Where somebody speaks: Silero VAD's ONNX file on ONNX Runtime, and regions of speech from its probabilities.

The `silero-vad` package is used for its files only: importing it needs torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.models.transcription import SAMPLE_RATE

FRAME = 512
"""Samples of a frame at 16 kHz: the model gives one probability for each."""
CONTEXT = 64
"""Samples of the frame before that the model wants in front of each frame."""
FRAMES_PER_CALL = 1024
MODEL_FILE = "silero_vad_16k_sequence.onnx"
_FATAL = 4
"""ONNX Runtime's severity; below it the session prints notes about the graph to stderr."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionRules:
    """How probabilities become regions; the defaults are Silero's, but for longer padding and a length limit."""

    enter: float = 0.5
    """Speech begins with a frame at least this probable,"""
    leave: float = 0.35
    """and ends with frames below this one."""
    min_speech_seconds: float = 0.25
    min_silence_seconds: float = 0.4
    """Shorter pauses do not end a region."""
    padding_seconds: float = 0.2
    """Kept on both sides of a region; two regions share a pause that is too short for both."""
    max_speech_seconds: float = 20.0
    """A longer region is split at its least probable frame."""


Region = tuple[int, int]
"""Samples from and to (half open)."""


def regions(probabilities: Sequence[float], samples: int, rules: RegionRules = RegionRules()) -> list[Region]:
    """Regions of speech, in order and without overlap, inside `samples` samples; one probability a frame."""
    per_second = SAMPLE_RATE / FRAME
    found = _joined(_runs(probabilities, rules), round(rules.min_silence_seconds * per_second))
    long_enough = [run for run in found if run[1] - run[0] >= rules.min_speech_seconds * per_second]
    limit = max(2, round(rules.max_speech_seconds * per_second))
    pieces = [piece for run in long_enough for piece in _split(probabilities, run, limit)]
    return _padded([(start * FRAME, stop * FRAME) for start, stop in pieces], samples, rules)


def _runs(probabilities: Sequence[float], rules: RegionRules) -> list[Region]:
    """Frames of speech with hysteresis: `enter` opens a run, below `leave` closes it."""
    runs: list[Region] = []
    start: int | None = None
    for frame, probability in enumerate(probabilities):
        if start is None and probability >= rules.enter:
            start = frame
        elif start is not None and probability < rules.leave:
            runs.append((start, frame))
            start = None
    if start is not None:
        runs.append((start, len(probabilities)))
    return runs


def _joined(runs: list[Region], pause: int) -> list[Region]:
    joined: list[Region] = []
    for start, stop in runs:
        if joined and start - joined[-1][1] < pause:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def _split(probabilities: Sequence[float], run: Region, limit: int) -> list[Region]:
    """Cut a run at the least probable frame of the second half of what still fits, until the rest fits."""
    start, stop = run
    pieces: list[Region] = []
    while stop - start > limit:
        window = range(start + limit // 2, start + limit)
        cut = min(window, key=lambda frame: probabilities[frame])
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, stop)]


def _padded(found: list[Region], samples: int, rules: RegionRules) -> list[Region]:
    padding = round(rules.padding_seconds * SAMPLE_RATE)
    result: list[Region] = []
    for index, (start, stop) in enumerate(found):
        before = found[index - 1][1] if index else 0
        after = found[index + 1][0] if index + 1 < len(found) else samples
        left = padding if index == 0 else min(padding, (start - before) // 2)
        right = padding if index + 1 == len(found) else min(padding, (after - stop) // 2)
        result.append((max(0, start - left), min(samples, stop + right)))
    return [region for region in result if region[0] < region[1]]


class VoiceActivity:
    """Silero VAD, version 6, at 16 kHz on one thread. Thread-safe.

    Raises:
        ModelError: the package `silero-vad` is not installed.
    """

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL
        self._session = onnxruntime.InferenceSession(str(_model_path()), options, providers=["CPUExecutionProvider"])

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of speech in each frame of mono samples from -1 to 1; the last frame is filled with zeros."""
        frames = _frames(samples)
        hidden = cell = np.zeros((1, 1, 128), np.float32)
        values: list[NDArray[np.float32]] = []
        for first in range(0, len(frames), FRAMES_PER_CALL):
            inputs = {"input": frames[first : first + FRAMES_PER_CALL], "h": hidden, "c": cell}
            found, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], inputs)
            values.append(found.reshape(-1))
        return np.concatenate(values) if values else np.zeros(0, np.float32)

    def speech(self, samples: NDArray[np.float32], rules: RegionRules = RegionRules()) -> list[Region]:
        """Regions of speech in mono samples from -1 to 1."""
        return regions(self.probabilities(samples).tolist(), len(samples), rules)


def _frames(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape `(frames, CONTEXT + FRAME)`: each frame behind the end of the one before it."""
    count = -(-len(samples) // FRAME)
    padded = np.zeros(CONTEXT + count * FRAME, np.float32)
    padded[CONTEXT : CONTEXT + len(samples)] = samples
    if not count:
        return np.zeros((0, CONTEXT + FRAME), np.float32)
    return np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME].copy()


def _model_path() -> Path:
    found = find_spec("silero_vad")  # looks the package up without running it
    folders = list(found.submodule_search_locations or []) if found else []
    for folder in folders:
        path = Path(folder) / "data" / MODEL_FILE
        if path.is_file():
            return path
    raise ModelError("the package silero-vad is not installed; see requirements-models.txt")


def version() -> str:
    """The installed version of the package, for results."""
    try:
        return distribution("silero-vad").version
    except PackageNotFoundError:
        return "unknown"
