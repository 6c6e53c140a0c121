"""The port `Transcriber`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.documents import Notice, Segment

SAMPLE_RATE = 16_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """What was said, in order of time; segments do not overlap within a speaker."""

    segments: list[Segment]
    language: str | None
    quality: Literal["draft", "normal"]
    produced_by: dict[str, str]
    warnings: list[Notice] = field(default_factory=list)
    """What a reader of the transcript should know of it."""


class Transcriber(Protocol):
    """Turns speech into segments of text with times. Thread-safe."""

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """Transcribe mono samples from -1 to 1 at `SAMPLE_RATE`; silence gives no segments.

        Segments lie inside the samples. `progress` is called with the done share, 0 to 1, and in the end with 1;
        `cancelled` is asked from time to time.

        Raises:
            ModelError: the model is missing or its server failed.
            JobCancelled: `cancelled` returned true.
        """
