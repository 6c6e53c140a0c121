"""Where a long recording may be cut without cutting a word."""

import numpy as np
from numpy.typing import NDArray

from pipeline.models.transcription import SAMPLE_RATE

FRAME = SAMPLE_RATE // 50
SMOOTHED = 15
"""Frames that must be quiet together: 0.3 s."""


def quiet_cut(samples: NDArray[np.int16], last_seconds: float) -> int:
    """The middle of the quietest 0.3 s within the last `last_seconds`, in the second half of `samples` at any rate."""
    first = max(len(samples) // 2, len(samples) - round(last_seconds * SAMPLE_RATE))
    count = (len(samples) - first) // FRAME
    if count < SMOOTHED:
        return len(samples)
    frames = samples[first : first + count * FRAME].reshape(count, FRAME).astype(np.float32)
    loudness = np.sqrt(np.square(frames).mean(axis=1))
    smoothed = np.convolve(loudness, np.ones(SMOOTHED) / SMOOTHED, mode="valid")
    return int(first + (int(np.argmin(smoothed)) * FRAME) + SMOOTHED * FRAME // 2)
