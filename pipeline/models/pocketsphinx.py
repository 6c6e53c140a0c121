"""The embedded `Transcriber`: the small English acoustic model in the `pocketsphinx` package. Draft quality.

Regions of speech are found here; they are recognized in the child process, where a crash of the native code or a long
computation that holds the interpreter hurts nobody else. On one core it takes about a fifth of the recording's time and
gets about half to three quarters of the words right.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.errors import JobCancelled, ModelError, ModelUnavailable, ParserProtocolError
from pipeline.models.transcription import SAMPLE_RATE, Transcript
from pipeline.models.voice_activity import Region, RegionRules, VoiceActivity
from pipeline.models.voice_activity import version as voice_activity_version
from pipeline.reading.child.sandbox import Sandbox
from schemas.documents import Notice, Segment

TASK = "pipeline.models.pocketsphinx:recognize"
BATCH_SECONDS = 240.0
"""Speech given to one child; well inside its limit of CPU time."""
FRAMES_PER_SECOND = 100
# Measured on 30 English clips: a third less time than with the default of 30000 active states a frame, as many errors.
MAX_ACTIVE_STATES = 3000
# Measured on the same clips: what is recorded softly or loudly is recognized better at one level.
PEAK = 0.5
"""Of full scale, for each region of speech."""
QUIETEST = 1e-4
"""Peaks below it are no speech: the noise is not raised to its level."""
RULES = RegionRules(min_silence_seconds=0.5, padding_seconds=0.3)
_PRONUNCIATION = re.compile(r"\(\d+\)$")
"""Words of the dictionary with several pronunciations are numbered: `and(2)`."""


class _Said(BaseModel):
    """What was recognized in one region; seconds from its beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    confidence: float = Field(ge=0, le=1)
    """The mean of the words' posterior probabilities in the recognizer's lattice."""


_ANSWER = TypeAdapter(list[_Said | None])


class PocketSphinx:
    """CMU Sphinx with its US English model.

    `lacking` says what is not installed, where it stands in for a better recognizer: each transcript then says so.

    Raises:
        ModelError: the package that finds speech is missing.
    """

    def __init__(self, sandbox: Sandbox, lacking: str | None = None) -> None:
        self._sandbox = sandbox
        self._warnings = [] if lacking is None else [_stands_in(lacking)]
        self._voice = VoiceActivity()

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """One segment for each region of speech in which words were recognized, in lower case without punctuation."""
        if cancelled():
            raise JobCancelled
        found = self._voice.speech(samples, RULES)
        total = max(1, sum(stop - start for start, stop in found))
        segments: list[Segment] = []
        done = 0
        for batch in _batches(found):
            length = sum(stop - start for start, stop in batch)
            report = _part(progress, done / total, length / total)
            segments += self._recognize(samples, batch, report, cancelled)
            done += length
        progress(1.0)
        produced_by = {"pocketsphinx": version("pocketsphinx"), "silero-vad": voice_activity_version()}
        return Transcript(
            segments=segments, language="en", quality="draft", produced_by=produced_by, warnings=self._warnings
        )

    def _recognize(
        self,
        samples: NDArray[np.float32],
        batch: list[Region],
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> list[Segment]:
        with tempfile.TemporaryFile() as source:
            for start, stop in batch:
                source.write(_pcm(_levelled(samples[start:stop])))
            source.flush()
            arguments = {"lengths": [stop - start for start, stop in batch]}
            answer = self._sandbox.run(TASK, source, arguments, progress=progress, cancelled=cancelled)
        try:
            said = _ANSWER.validate_json(answer)
        except ValidationError as error:
            raise ParserProtocolError("the recognizer's answer is malformed") from error
        return [_segment(region, found) for region, found in zip(batch, said, strict=False) if found is not None]


def _stands_in(lacking: str) -> Notice:
    message = f"PocketSphinx transcribed, which makes three times the errors of what is missing. {lacking}"
    return Notice(code="recognizer-missing", message=message)


def _batches(found: list[Region]) -> Iterator[list[Region]]:
    batch: list[Region] = []
    length = 0
    for start, stop in found:
        if batch and length + stop - start > BATCH_SECONDS * SAMPLE_RATE:
            yield batch
            batch, length = [], 0
        batch.append((start, stop))
        length += stop - start
    if batch:
        yield batch


def _part(progress: Callable[[float], None], first: float, share: float) -> Callable[[float], None]:
    return lambda done: progress(min(1.0, first + done * share))


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    peak = float(np.abs(samples).max(initial=0.0))
    return samples * np.float32(PEAK / peak) if peak >= QUIETEST else samples


def _pcm(samples: NDArray[np.float32]) -> bytes:
    return np.clip(samples * 32768, -32768, 32767).astype("<i2").tobytes()


def _segment(region: Region, said: _Said) -> Segment:
    start, stop = (sample / SAMPLE_RATE for sample in region)
    end = min(stop, start + said.end)
    return Segment(
        start=round(min(end, start + said.start), 3), end=round(end, 3), text=said.text, confidence=said.confidence
    )


def recognize(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """The child task: `source` holds regions of speech (16 kHz, 16 bit), `lengths` says how many samples each has.

    Returns:
        A JSON array with what was said in each region, or `null`.
    """
    assert source is not None
    decoder = _decoder()
    lengths: list[int] = arguments["lengths"]
    total = max(1, sum(lengths))
    said: list[dict[str, Any] | None] = []
    done = 0
    for length in lengths:
        words = _words(decoder, source.read(2 * length))
        said.append(_joined(words))
        done += length
        progress(done / total)
    return orjson.dumps(said)


def _decoder() -> Any:  # noqa: ANN401 - pocketsphinx has no type information
    try:
        import pocketsphinx
    except ImportError as error:
        raise ModelUnavailable("the package pocketsphinx is not installed") from error
    try:
        return pocketsphinx.Decoder(loglevel="FATAL", maxhmmpf=MAX_ACTIVE_STATES)
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelError("the acoustic model of pocketsphinx cannot be loaded") from error


_Word = tuple[str, int, int, float]
"""Word, first and last frame, posterior probability."""


def _words(decoder: Any, pcm: bytes) -> list[_Word]:  # noqa: ANN401 - pocketsphinx has no type information
    """The words of one region, without silences and noises."""
    if not pcm:
        return []
    try:
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return []
        found = [(part.word, part.start_frame, part.end_frame, part.prob) for part in decoder.seg()]
    except RuntimeError as error:
        raise ModelError("pocketsphinx failed") from error
    return [word for word in found if not word[0].startswith(("<", "[", "+"))]


def _joined(words: list[_Word]) -> dict[str, Any] | None:
    if not words:
        return None
    return {
        "text": " ".join(_PRONUNCIATION.sub("", word) for word, *_ in words),
        "start": words[0][1] / FRAMES_PER_SECOND,
        "end": (words[-1][2] + 1) / FRAMES_PER_SECOND,
        "confidence": round(min(1.0, max(0.0, sum(word[3] for word in words) / len(words))), 3),
    }
