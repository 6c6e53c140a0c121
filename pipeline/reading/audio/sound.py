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
    warnings: list[Notice] = []
    produced_by: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """Mono samples at `SAMPLE_RATE` from -32768 to 32767: a recording, or a window of one."""

    info: SoundInfo
    samples: NDArray[np.int16]

    @property
    def seconds(self) -> float:
        """Length of the samples."""
        return len(self.samples) / SAMPLE_RATE

    def to_bytes(self) -> bytes:
        """One line of JSON, then the samples, little endian."""
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
        return cls(info=info, samples=samples)
