"""Recordings for tests: tones, noise, silence, and the speech in `examples/`, in any container."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

EXAMPLES = Path(__file__).parents[2] / "examples"
SPEECH = EXAMPLES / "meeting.flac"
RATE = 16_000


def tone(seconds: float, *, rate: int = RATE, hertz: float = 440.0, loudness: float = 0.5) -> NDArray[np.int16]:
    """A sine."""
    times = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * times) * loudness * 32767).astype(np.int16)


def silence(seconds: float, *, rate: int = RATE) -> NDArray[np.int16]:
    return np.zeros(round(seconds * rate), np.int16)


def encoded(
    channels: list[NDArray[np.int16]],
    *,
    container: str = "wav",
    codec: str = "pcm_s16le",
    rate: int = RATE,
    options: dict[str, str] | None = None,
) -> bytes:
    """The channels in a container of FFmpeg's, made with its `options`; one channel is mono, two are stereo."""
    out = io.BytesIO()
    layout = "mono" if len(channels) == 1 else "stereo"
    samples = np.stack(channels, axis=1).reshape(1, -1)
    with av.open(out, "w", format=container, options=options or {}) as target:
        stream = target.add_stream(codec, rate=rate, layout=layout)
        stream.time_base = Fraction(1, rate)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or None
        )
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            target.mux(stream.encode(part))
    return out.getvalue()


def speech(seconds: float | None = None) -> NDArray[np.float32]:
    """The spoken example, or its beginning, as samples from -1 to 1."""
    with av.open(str(SPEECH)) as source:
        parts = [frame.to_ndarray().reshape(-1) for frame in source.decode(audio=0)]
    samples = np.concatenate(parts).astype(np.float32) / 32768
    return samples if seconds is None else samples[: round(seconds * RATE)]
