"""The child task that decodes recordings."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.reading.audio.decoding import decode


def decode_audio(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """A window of the recording as `Sound.to_bytes()`.

    Arguments: `media_type` as sniffed, `start` and `samples` of the window (samples at 16 kHz), `max_seconds`, and
    `sides` as in `decode`.
    Errors are those of `decode`.
    """
    assert source is not None
    sound = decode(
        source,
        arguments["media_type"],
        start=arguments["start"],
        samples=arguments["samples"],
        max_seconds=arguments["max_seconds"],
        sides=arguments["sides"],
        progress=progress,
    )
    return sound.to_bytes()
