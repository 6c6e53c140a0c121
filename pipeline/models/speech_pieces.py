"""Speech in pieces, for transcribers that take only so much at a time or do not say when something was said."""

import io
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import JobCancelled
from pipeline.models.transcription import SAMPLE_RATE
from pipeline.models.voice_activity import Region, RegionRules, VoiceActivity
from schemas.documents import Segment

RULES = RegionRules(min_silence_seconds=0.5, padding_seconds=0.3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was said in a piece; seconds from the piece's beginning."""

    segments: Sequence[Segment]
    language: str | None = None
    """Two letters (ISO 639-1), where it is known."""


Hear = Callable[[NDArray[np.float32]], Heard]


class SpeechPieces:
    """Hands out speech piece by piece and puts together what was heard. Thread-safe.

    Raises:
        ModelError: the package that finds speech is missing.
    """

    def __init__(self) -> None:
        self._voice = VoiceActivity()

    def transcribe(
        self,
        samples: NDArray[np.float32],
        hear: Hear,
        *,
        seconds: float,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> Heard:
        """Let `hear` hear the pieces, each at most so many seconds long; segments lie inside their pieces, in order.

        Raises:
            JobCancelled: `cancelled` returned true, which is asked before each piece.
        """
        found = pieces(self._voice.speech(samples, RULES), round(seconds * SAMPLE_RATE))
        segments: list[Segment] = []
        languages: list[str] = []
        for number, (start, stop) in enumerate(found):
            if cancelled():
                raise JobCancelled
            heard = hear(samples[start:stop])
            segments += placed(heard.segments, start / SAMPLE_RATE, stop / SAMPLE_RATE)
            languages += [heard.language] if heard.language else []
            progress((number + 1) / len(found))
        progress(1.0)
        return Heard(segments=segments, language=max(set(languages), key=languages.count, default=None))


def pieces(found: Sequence[Region], limit: int) -> list[Region]:
    """Neighbouring regions of speech together, as many as fit `limit` samples with the pauses between them."""
    joined: list[Region] = []
    for start, stop in found:
        if joined and stop - joined[-1][0] <= limit:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def placed(segments: Iterable[Segment], start: float, stop: float) -> list[Segment]:
    """Segments of a piece from `start` to `stop` (seconds), moved to their place, inside it and one behind another.

    Empty ones are dropped: recognizers give them for noise.
    """
    result: list[Segment] = []
    reached = start
    for segment in segments:
        text = segment.text.strip()
        begin = round(min(stop, max(reached, start + segment.start)), 3)
        end = round(min(stop, max(begin, start + segment.end)), 3)
        if text and begin < end:
            result.append(segment.model_copy(update={"text": text, "start": begin, "end": end}))
            reached = end
    return result


def wav(samples: NDArray[np.float32]) -> bytes:
    """Mono samples from -1 to 1 as a WAV file of 16 bits at `SAMPLE_RATE`."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes())
    return out.getvalue()
