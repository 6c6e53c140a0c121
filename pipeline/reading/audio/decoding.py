"""Recordings to samples at 16 kHz, by FFmpeg through PyAV. Runs in the child process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import DamagedFile, LimitExceeded, ParserOutOfMemory, SheafError, UnsupportedType
from pipeline.models.transcription import SAMPLE_RATE
from pipeline.reading.audio.endings import Packets, cut_off
from pipeline.reading.audio.sound import Sound, SoundInfo, mixed
from pipeline.reading.audio.turns import are_sides

DEMUXERS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "mov",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "video/mp4": "mov",
}
"""Media type → FFmpeg's demuxer: no other one, above all no playlist, ever sees the file."""

RATES = range(2_000, 768_001)
"""Sampling rates that recordings have; others are broken headers that only cost memory."""

# The first row whose class fits; everything in `av.error` derives from `FFmpegError`.
ERRORS: tuple[tuple[type[Exception], type[SheafError], str], ...] = (
    (MemoryError, ParserOutOfMemory, "decoding the recording needed more memory than the limit"),
    (av.error.DecoderNotFoundError, UnsupportedType, "the recording is in a coding that is not read"),
    (av.error.PatchWelcomeError, UnsupportedType, "the recording is in a coding that is not read"),
    (av.error.FFmpegError, DamagedFile, "the recording is damaged and cannot be decoded"),
    (ValueError, DamagedFile, "the recording is damaged and cannot be decoded"),
)


def translated(error: Exception) -> SheafError:
    """What one of FFmpeg's errors means to whoever sent the recording."""
    return next(ours(message) for foreign, ours, message in ERRORS if isinstance(error, foreign))


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        raise translated(error) from error


def decode(
    source: BinaryIO,
    media_type: str,
    *,
    start: int = 0,
    samples: int,
    max_seconds: float,
    sides: bool | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Sound:
    """The window of `samples` samples from sample `start` on, channels mixed into one.

    Two channels are kept apart where each holds a side of a talk; `sides` says so of windows behind the first.

    The window at 0 is decoded on to the end of the recording, so that its length is measured; what headers say of the
    length is not believed. Parts that cannot be decoded are left out and counted, once in all windows.

    Raises:
        UnsupportedType: the type is not read, there is no sound track, or its coding is unknown.
        DamagedFile: nothing can be decoded.
        LimitExceeded: the recording is longer than `max_seconds`.
    """
    demuxer = DEMUXERS.get(media_type)
    if demuxer is None:
        raise UnsupportedType(f"recordings of type {media_type} are not read", media_type=media_type)
    window = _Window(start=start, stop=start + samples, stereo=sides is not False)
    with _opened(source, demuxer) as container:
        stream = _track(container)
        faults, packets = _Faults(), Packets()
        for frame in _frames(container, stream, faults, packets):
            with _errors_translated():
                window.take(frame, faults)
            _check_length(window.seconds, max_seconds)
            progress(_share(source, container))
            if start and window.more:
                break
        with _errors_translated():
            window.finish()
        if not window.channels:
            raise DamagedFile("there is no sound in the recording that could be decoded")
        cut = window.cut()
        apart = are_sides(cut) if sides is None and len(cut) == 2 else bool(sides)
        stated = float(stream.duration * stream.time_base) if stream.duration else None
        ending = None if start else cut_off(source, demuxer, packets, stated=stated, seconds=window.seconds)
        notices = [ending] if ending else []
    info = SoundInfo(
        more=window.more,
        seconds=None if start else window.seconds,
        channels=window.channels,
        sides=apart,
        # What cannot be decoded the first window has met, which goes on to the end; behind itself it resamples nothing.
        lost=faults.resampling if start else faults.decoding + faults.resampling,
        warnings=notices,
        produced_by={"av": av.__version__},
    )
    return Sound(info=info, samples=_laid_out(cut, sides=apart))


def _laid_out(cut: NDArray[np.int16], *, sides: bool) -> NDArray[np.int16]:
    """(1 or 2, samples) as a `Sound` has them; a stretch of a talk that is mono is said by both sides."""
    if sides:
        return np.broadcast_to(cut, (2, cut.shape[1]))
    return mixed(cut) if len(cut) == 2 else cut[0]


@dataclass(kw_only=True)
class _Faults:
    """How many parts of the recording could not be decoded, and how many of those in the window not be resampled."""

    decoding: int = 0
    resampling: int = 0


@dataclass(kw_only=True)
class _Window:
    """Collects the samples from `start` to `stop`; measures what lies before and behind them without resampling it."""

    start: int
    stop: int
    stereo: bool
    """Whether two channels are kept."""
    seconds: float = 0.0
    """Of sound decoded so far."""
    channels: int = 0
    more: bool = False
    _chunks: list[NDArray[np.int16]] = field(default_factory=list)
    _first: int | None = None
    _form: tuple[Any, ...] = ()
    _resampler: Any = None

    def take(self, frame: Any, faults: _Faults) -> None:  # noqa: ANN401 - av has no type information
        """Count a frame, and keep what of it lies in the window."""
        if frame.sample_rate not in RATES:
            raise DamagedFile(f"a sampling rate of {frame.sample_rate} Hz cannot be right")
        begins, self.seconds = self.seconds, self.seconds + frame.samples / frame.sample_rate
        self.channels = max(self.channels, frame.layout.nb_channels)
        if self.seconds * SAMPLE_RATE <= self.start:
            return
        if begins * SAMPLE_RATE >= self.stop:
            self.more = True
            return
        if self._first is None:
            self._first = round(begins * SAMPLE_RATE)
        try:
            self._resample(frame)
        except (av.error.FFmpegError, ValueError):
            faults.resampling += 1

    def _resample(self, frame: Any) -> None:  # noqa: ANN401 - av has no type information
        form = (frame.sample_rate, frame.layout.name, frame.format.name)
        if form != self._form:  # a stream may change its form; the resampler may not
            self.finish()
            self._form = form
            layout = "stereo" if self.stereo and frame.layout.nb_channels == 2 else "mono"
            self._resampler = av.AudioResampler(format="s16p", layout=layout, rate=SAMPLE_RATE)
        frame.pts = None  # broken time stamps would make the resampler stretch or drop sound
        self._keep(self._resampler.resample(frame))

    def finish(self) -> None:
        """Take what the resampler still holds."""
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None
            self._form = ()

    def _keep(self, frames: list[Any]) -> None:
        self._chunks.extend(frame.to_ndarray() for frame in frames)

    def cut(self) -> NDArray[np.int16]:
        """The samples of the window, (1 or 2 channels, samples); fewer at the end of the recording."""
        if not self._chunks:
            return np.zeros((1, 0), np.int16)
        channels = max(len(chunk) for chunk in self._chunks)
        samples = np.concatenate([np.broadcast_to(c, (channels, c.shape[1])) for c in self._chunks], axis=1)
        skipped = max(0, self.start - (self._first or 0))
        if samples.shape[1] > skipped + self.stop - self.start:
            self.more = True
        return samples[:, skipped : skipped + self.stop - self.start]


@contextmanager
def _opened(source: BinaryIO, demuxer: str) -> Iterator[Any]:
    with _errors_translated():
        # No protocol is named, so that nothing a file refers to is ever opened.
        container = av.open(source, format=demuxer, options={"protocol_whitelist": "none"}, metadata_errors="replace")
    with container:
        yield container


def _track(container: Any) -> Any:  # noqa: ANN401 - av has no type information
    stream = container.streams.best("audio")
    if stream is None:
        raise UnsupportedType("there is no sound track in the recording")
    if stream.codec_context is None:
        raise UnsupportedType("the recording is in a coding that is not read")
    stream.codec_context.thread_count = 1
    return stream


def _frames(
    container: Any,  # noqa: ANN401 - av has no type information
    stream: Any,  # noqa: ANN401
    faults: _Faults,
    packets: Packets,
) -> Iterator[Any]:
    """Every frame that can be decoded."""
    found = container.demux(stream)
    while True:
        try:
            packet = next(found)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise translated(error) from error
            faults.decoding += 1
            return
        packets.note(packet)
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise translated(error) from error
            faults.decoding += 1


def _check_length(seconds: float, allowed: float) -> None:
    if seconds > allowed:
        message = f"the recording is longer than {allowed:.0f} seconds"
        raise LimitExceeded(message, limit="max_audio_seconds", allowed=allowed)


def _share(source: BinaryIO, container: Any) -> float:  # noqa: ANN401 - av has no type information
    return min(1.0, source.tell() / container.size) if container.size > 0 else 0.0
