"""FFmpeg's errors in our words."""

import av.error
import pytest

from pipeline.errors import DamagedFile, ParserOutOfMemory, UnsupportedType
from pipeline.reading.audio.decoding import ERRORS, translated

FOREIGN = sorted(
    {cls for cls in vars(av.error).values() if isinstance(cls, type) and issubclass(cls, av.error.FFmpegError)},
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", FOREIGN)
def test_each_error_of_ffmpeg_has_a_row(cls):
    assert any(issubclass(cls, foreign) for foreign, _, _ in ERRORS)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (av.error.InvalidDataError(1, "x"), DamagedFile),
        (av.error.MemoryError(12, "x"), ParserOutOfMemory),
        (av.error.DecoderNotFoundError(1, "x"), UnsupportedType),
        (ValueError("x"), DamagedFile),
    ],
)
def test_the_first_row_that_fits_decides(error, ours):
    assert type(translated(error)) is ours
