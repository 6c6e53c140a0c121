"""What stands in for recognizers: a server with `/v1/audio/transcriptions`, and the package faster-whisper."""

import io
import json
import types
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.stand_in import Answer, Asked, StandIn, standing_in

WHISPER = "whisper-large-v3-turbo"
LIMIT_BYTES = 25 * 1024 * 1024


def form(request: Asked) -> dict[str, bytes]:
    """The fields of a multipart request; the file's under `file`."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body, policy=HTTP).iter_parts()  # type: ignore[attr-defined]
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


def seconds_of(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16_000, 2)
        return file.getnframes() / file.getframerate()


@contextmanager
def transcription_server(*, verbose: bool = True) -> Iterator[StandIn]:
    """Says two sentences for each file, the second of them noise beyond its end."""

    def answer(request: Asked) -> Answer:
        fields = form(request)
        if len(fields["file"]) > LIMIT_BYTES:
            return 413, {"error": {"message": "Maximum file size exceeded"}}
        if fields["response_format"] == b"verbose_json" and not verbose:
            return 400, {"error": {"message": f"Currently do not support verbose_json for {WHISPER}", "code": 400}}
        seconds = seconds_of(fields["file"])
        body: dict[str, Any] = {"text": " Good morning. The first point."}
        if fields["response_format"] == b"verbose_json":
            middle = seconds / 2
            body |= {
                "language": "english",
                "duration": seconds,
                "segments": [
                    {"id": 0, "start": 0.0, "end": middle, "text": " Good morning.", "avg_logprob": -0.2},
                    {"id": 1, "start": middle, "end": seconds + 2, "text": " The first point.", "avg_logprob": -0.5},
                    {"id": 2, "start": seconds + 2, "end": seconds + 4, "text": " Thank you.", "avg_logprob": -2.0},
                ],
            }
        return 200, json.dumps(body).encode(), {"Content-Type": "application/json"}

    with standing_in(answers={"POST /v1/audio/transcriptions": answer}) as server:
        server.url += "/v1"
        yield server


@dataclass
class _Segment:
    start: float
    end: float
    text: str
    avg_logprob: float


@dataclass
class _Info:
    language: str


class _WhisperModel:
    """The parts of faster-whisper's `WhisperModel` that we use, with its names and defaults."""

    def __init__(
        self,
        model_size_or_path: str,
        device: str = "auto",
        compute_type: str = "default",
        local_files_only: bool = False,
    ) -> None:
        assert local_files_only, "nothing may be downloaded"

    def transcribe(
        self,
        audio: NDArray[np.float32],
        language: str | None = None,
        beam_size: int = 5,
        condition_on_previous_text: bool = True,
    ) -> tuple[Iterator[_Segment], _Info]:
        assert audio.dtype == np.float32
        seconds = len(audio) / 16_000
        found = [_Segment(0.0, seconds / 2, " Good morning.", -0.2), _Segment(seconds / 2, seconds, " Yes.", -0.4)]
        return iter(found), _Info(language or "en")


def stand_in_package() -> types.ModuleType:
    package = types.ModuleType("faster_whisper")
    package.WhisperModel = _WhisperModel  # type: ignore[attr-defined]
    return package
