"""A talk whose sides lie on two channels, transcribed turn by turn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.models.transcription import SAMPLE_RATE, Transcriber, Transcript
from pipeline.reading.audio.turns import SPEAKERS, Turn, turns
from schemas.documents import Segment


def transcribe_sides(
    transcriber: Transcriber,
    samples: NDArray[np.int16],
    *,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Transcript:
    """What the two channels, (2, samples), say; each segment names its speaker, and they are in order of time.

    Raises:
        ModelError, JobCancelled: as the transcriber raises them.
    """
    found = turns(samples)
    # Without a turn it is asked all the same: only it can say what it is called.
    heard = [(turn, samples[turn.side, turn.start : turn.stop]) for turn in found or [Turn(side=0, start=0, stop=0)]]
    total = max(1, sum(len(part) for _, part in heard))
    made: list[Transcript] = []
    segments: list[Segment] = []
    done = 0
    for turn, part in heard:
        report = _part(progress, done / total, len(part) / total)
        made.append(transcriber.transcribe(levels(part), progress=report, cancelled=cancelled))
        segments += [_said(segment, turn) for segment in made[-1].segments]
        done += len(part)
    progress(1.0)
    return replace(
        made[0],
        segments=sorted(segments, key=lambda segment: segment.start),
        language=next((each.language for each in made if each.language), None),
        quality="draft" if any(each.quality == "draft" for each in made) else "normal",
    )


def levels(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Samples from -1 to 1, as transcribers take them."""
    return samples.astype(np.float32) / np.float32(32768)


def _part(progress: Callable[[float], None], first: float, share: float) -> Callable[[float], None]:
    return lambda done: progress(min(1.0, first + done * share))


def _said(segment: Segment, turn: Turn) -> Segment:
    start = turn.start / SAMPLE_RATE
    placed = {"start": round(segment.start + start, 3), "end": round(segment.end + start, 3)}
    return segment.model_copy(update={**placed, "speaker": SPEAKERS[turn.side]})
