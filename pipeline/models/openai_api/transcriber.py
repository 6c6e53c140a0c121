"""The `Transcriber` on a server that has `/v1/audio/transcriptions`: Whisper on vLLM, LocalAI, hosted ones."""

import math
from collections.abc import Callable
from http import HTTPStatus

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import OpenAITranscriber as Settings
from pipeline.models.openai_api.faults import Fault
from pipeline.models.openai_api.languages import code
from pipeline.models.openai_api.server import MAX_ANSWER_BYTES, ModelServer
from pipeline.models.openai_api.watch import Watch
from pipeline.models.speech_pieces import Heard, SpeechPieces, wav
from pipeline.models.transcription import SAMPLE_RATE, Transcript
from pipeline.models.voice_activity import version
from schemas.documents import Segment

PATH = "audio/transcriptions"
PLAIN_SECONDS = 25.0
"""Length of a piece where the server tells no times: each piece is then one segment."""


class _Segment(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    start: float = Field(ge=0, allow_inf_nan=False)
    end: float = Field(ge=0, allow_inf_nan=False)
    text: str
    avg_logprob: float | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str = ""
    language: str | None = None
    segments: list[_Segment] | None = None


class OpenAITranscriber:
    """Sends speech in WAV files, cut at pauses so that each stays below the servers' limit of 25 MB.

    `verbose_json` is asked for, for its times; a server that refuses it gets shorter pieces instead.

    Raises:
        ModelError: the package that finds speech is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server = ModelServer(settings.url, settings.api_key)
        self._pieces = SpeechPieces()
        self._plain = False

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """The server's segments, or one for each piece of speech where it tells no times.

        Raises:
            ModelUnavailable: the server cannot be reached or answers something else.
            ModelTimeout: it does not answer in time.
            ModelRejected: it refuses.
            JobCancelled: `cancelled` returned true; it is asked about once a second.
        """
        try:
            heard = self._heard(samples, progress, cancelled)
        except Fault as fault:
            if self._plain or fault.error.facts.get("status") not in {HTTPStatus.BAD_REQUEST, 422}:
                raise fault.error from fault.__cause__
            heard = self._without_times(samples, progress, cancelled)
        made = {self._settings.model: self._server.name, "silero-vad": version()}
        language = self._settings.language or heard.language
        return Transcript(segments=list(heard.segments), language=language, quality="normal", produced_by=made)

    def _without_times(
        self, samples: NDArray[np.float32], progress: Callable[[float], None], cancelled: Callable[[], bool]
    ) -> Heard:
        self._plain = True
        try:
            return self._heard(samples, progress, cancelled)
        except Fault as fault:
            self._plain = False  # it was refused for another reason
            raise fault.error from fault.__cause__

    def _heard(
        self, samples: NDArray[np.float32], progress: Callable[[float], None], cancelled: Callable[[], bool]
    ) -> Heard:
        seconds = min(PLAIN_SECONDS, self._settings.piece_seconds) if self._plain else self._settings.piece_seconds
        return self._pieces.transcribe(
            samples,
            lambda piece: self._hear(piece, cancelled),
            seconds=seconds,
            progress=progress,
            cancelled=cancelled,
        )

    def _hear(self, piece: NDArray[np.float32], cancelled: Callable[[], bool]) -> Heard:
        form = "json" if self._plain else "verbose_json"
        fields = {"model": self._settings.model, "response_format": form, "temperature": "0"}
        if self._settings.language:
            fields["language"] = self._settings.language
        watch = Watch(seconds=self._settings.timeout_seconds, max_bytes=MAX_ANSWER_BYTES, stopped=cancelled)
        found = self._server.upload(PATH, fields, ("speech.wav", wav(piece), "audio/wav"), watch)
        try:
            answer = _Answer.model_validate(found)
        except ValidationError as error:
            raise ModelUnavailable(f"{self._server.name} answered with something that is no transcript") from error
        return _read(answer, len(piece) / SAMPLE_RATE)


def _read(answer: _Answer, seconds: float) -> Heard:
    if answer.segments is None:
        segments = [Segment(start=0.0, end=seconds, text=answer.text)]
    else:
        segments = [
            Segment(start=each.start, end=each.end, text=each.text, confidence=_confidence(each.avg_logprob))
            for each in answer.segments
        ]
    return Heard(segments=segments, language=code(answer.language))


def _confidence(logprob: float | None) -> float | None:
    """The mean probability of a token; `None` where the server does not tell."""
    return None if logprob is None else round(min(1.0, math.exp(min(0.0, logprob))), 3)
