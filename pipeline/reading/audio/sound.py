"""Decoded sound, and how it crosses from the child process to its parent."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ParserProtocolError
from pipeline.models.transcription import SAMPLE_RATE
from schemas.documents import Notice

BYTES_PER_SAMPLE = 2


class SoundInfo(BaseModel):
    """What is known of a recording besides its samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    more: bool
    """Whether the recording goes on behind these samples."""
    seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Length of the whole recording; `None` where it was not decoded to its end."""
    channels: int = Field(ge=1)
    """As recorded, before they were mixed."""
    sides: bool = False
    """Whether the samples are two channels, each of which holds one side of a talk."""
    lost: int = Field(default=0, ge=0)
    """Parts that could not be decoded: of the whole recording in its first window, of their own in those behind."""
    warnings: list[Notice] = []
    produced_by: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """Samples at `SAMPLE_RATE` from -32768 to 32767: a recording, or a window of one.

    Mono, (samples), but for `info.sides`: (2, samples).
    """

    info: SoundInfo
    samples: NDArray[np.int16]

    @property
    def seconds(self) -> float:
        """Length of the samples."""
        return int(self.samples.shape[-1]) / SAMPLE_RATE

    def mixed(self) -> NDArray[np.int16]:
        """One channel, whatever there are."""
        return mixed(self.samples) if self.info.sides else self.samples

    def to_bytes(self) -> bytes:
        """One line of JSON, then the samples, little endian, channel by channel."""
        return self.info.model_dump_json().encode() + b"\n" + self.samples.astype("<i2").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sound":
        """Read what `to_bytes` wrote.

        Raises:
            ParserProtocolError: it is something else.
        """
        end = data.find(b"\n", 0, 1024 * 1024)
        if end < 0 or (len(data) - end - 1) % BYTES_PER_SAMPLE:
            raise ParserProtocolError("the decoder's answer is not a header and samples")
        try:
            info = SoundInfo.model_validate_json(data[:end])
        except ValidationError as error:
            raise ParserProtocolError("the header of the decoder's answer is malformed") from error
        samples = np.frombuffer(data, "<i2", offset=end + 1)
        if info.sides and len(samples) % 2:
            raise ParserProtocolError("the channels in the decoder's answer differ in length")
        return cls(info=info, samples=samples.reshape(2, -1) if info.sides else samples)


def mixed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Two channels, (2, samples), as one. Halved first: their sum may be too large, and wider numbers take memory."""
    one: NDArray[np.int16] = (samples[0] >> 1) + (samples[1] >> 1)
    return one
