"""The `Transcriber` that says what it was told to: for tests, and for a dry run without an acoustic model."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import JobCancelled
from pipeline.models.transcription import SAMPLE_RATE, Transcript
from schemas.documents import Segment


class ScriptedTranscriber:
    """Answers with those of `segments` that lie inside the samples and are not silent there.

    `heard` keeps the length in seconds of everything that was transcribed.
    """

    def __init__(
        self,
        segments: Sequence[Segment] = (),
        *,
        language: str | None = "en",
        quality: Literal["draft", "normal"] = "normal",
    ) -> None:
        self._segments = segments
        self._language = language
        self._quality = quality
        self.heard: list[float] = []

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """The scripted segments, whose times are from the beginning of these samples."""
        if cancelled():
            raise JobCancelled
        self.heard.append(len(samples) / SAMPLE_RATE)
        segments = [segment for segment in self._segments if _sounds(samples, segment)]
        progress(1.0)
        return Transcript(
            segments=segments, language=self._language, quality=self._quality, produced_by={"scripted": "1"}
        )


def _sounds(samples: NDArray[np.float32], segment: Segment) -> bool:
    part = samples[round(segment.start * SAMPLE_RATE) : round(segment.end * SAMPLE_RATE)]
    return segment.end <= len(samples) / SAMPLE_RATE and bool(np.any(part))
