"""A recording as a document: decoded in a child, window by window, and transcribed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.errors import DamagedFile, UnsupportedType
from pipeline.models.transcription import SAMPLE_RATE, Transcriber, Transcript
from pipeline.reading.audio.pauses import quiet_cut
from pipeline.reading.audio.sides import levels, transcribe_sides
from pipeline.reading.audio.sound import Sound, SoundInfo
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Reading
from schemas.documents import Document, Notice, Segment

TASK = "pipeline.reading.audio.task:decode_audio"
WINDOW_SECONDS = 1800.0
"""How much is held in memory at once: 58 MB of samples, and twice that for the model."""
CUT_SECONDS = 30.0
"""Windows are cut at the quietest place of their last seconds."""
DECODING_SHARE = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recording:
    sandbox: Sandbox
    source: BinaryIO
    media_type: str
    max_seconds: float
    window: int
    """Samples."""
    progress: Callable[[float], None]
    cancelled: Callable[[], bool]

    def sound(self, start: int, sides: bool | None = None) -> Sound:
        """One window, from the sample `start` on; `sides` as in `decode`."""
        arguments = {
            "media_type": self.media_type,
            "start": start,
            "samples": self.window,
            "max_seconds": self.max_seconds,
            "sides": sides,
        }
        progress = (lambda _: None) if start else (lambda share: self.progress(share * DECODING_SHARE))
        data = self.sandbox.run(TASK, self.source, arguments, progress=progress, cancelled=self.cancelled)
        return Sound.from_bytes(data)

    def transcribe(self, transcriber: Transcriber) -> Iterator[tuple[float, Transcript, SoundInfo]]:
        """Each window's beginning in seconds, and what was said in it."""
        start, sound = 0, self.sound(0)
        total = max(1.0, (sound.info.seconds or sound.seconds) * SAMPLE_RATE)
        while True:
            stop = quiet_cut(sound.mixed(), CUT_SECONDS) if sound.info.more else sound.samples.shape[-1]
            report = _part(self.progress, start / total, (start + stop) / total)
            transcript = self._heard(transcriber, sound, stop, report)
            yield start / SAMPLE_RATE, transcript, sound.info
            if not sound.info.more or not stop:
                return
            start += stop
            sound = self.sound(start, sound.info.sides)

    def _heard(
        self, transcriber: Transcriber, sound: Sound, stop: int, progress: Callable[[float], None]
    ) -> Transcript:
        """What is said before the sample `stop`."""
        if sound.info.sides:
            return transcribe_sides(transcriber, sound.samples[:, :stop], progress=progress, cancelled=self.cancelled)
        return transcriber.transcribe(levels(sound.samples[:stop]), progress=progress, cancelled=self.cancelled)


def read_recording(
    sandbox: Sandbox,
    source: BinaryIO,
    *,
    media_type: str,
    transcriber: Transcriber | None,
    settings: Reading,
    progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    window_seconds: float = WINDOW_SECONDS,
) -> Document:
    """What is said in the recording, with times from its beginning; segments are in order and lie inside it.

    Raises:
        UnsupportedType: no transcriber is configured, or there is no sound track.
        DamagedFile: nothing of it can be decoded.
        LimitExceeded: it is longer than `max_audio_seconds`.
        ParserError, ModelError, JobCancelled: as the sandbox and the transcriber raise them.
    """
    if transcriber is None:
        message = "recordings are not transcribed: no transcriber is configured"
        raise UnsupportedType(message, media_type=media_type)
    recording = _Recording(
        sandbox=sandbox,
        source=source,
        media_type=media_type,
        max_seconds=settings.max_audio_seconds,
        window=round(window_seconds * SAMPLE_RATE),
        progress=progress,
        cancelled=cancelled,
    )
    windows = list(recording.transcribe(transcriber))
    info = windows[0][2]
    if info.seconds is None:
        raise DamagedFile("the length of the recording cannot be told")
    segments = [
        _placed(segment, start, info.seconds) for start, transcript, _ in windows for segment in transcript.segments
    ]
    progress(1.0)
    return Document(
        shape="segments",
        media_type=media_type,
        language=next((transcript.language for _, transcript, _ in windows if transcript.language), None),
        segments=segments,
        seconds=round(info.seconds, 3),
        quality="draft" if any(transcript.quality == "draft" for _, transcript, _ in windows) else "normal",
        produced_by=info.produced_by | windows[0][1].produced_by,
        warnings=[
            *_damage(sum(each.lost for _, _, each in windows)),
            *info.warnings,
            *windows[0][1].warnings,
            *([] if segments else [_silence()]),
        ],
    )


def _part(progress: Callable[[float], None], first: float, last: float) -> Callable[[float], None]:
    """Where a window's own progress stands in that of the whole."""

    def report(share: float) -> None:
        done = first + share * (last - first)
        progress(min(1.0, DECODING_SHARE + done * (1 - DECODING_SHARE)))

    return report


def _placed(segment: Segment, start: float, seconds: float) -> Segment:
    end = min(segment.end + start, seconds)
    return segment.model_copy(
        update={"start": round(min(segment.start + start, end), 3), "end": min(round(end, 3), round(seconds, 3))}
    )


def _damage(count: int) -> list[Notice]:
    if not count:
        return []
    parts = "1 part" if count == 1 else f"{count} parts"
    return [Notice(code="recording-damaged", message=f"{parts} of the recording could not be decoded and are missing")]


def _silence() -> Notice:
    return Notice(code="no-speech", message="no speech was found in the recording")
