"""The `Transcriber` on faster-whisper: Whisper in this process, from a local folder, on CPU or GPU."""

import math
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import JobCancelled, ModelError, ModelUnavailable, SettingsError
from pipeline.model_settings import WhisperTranscriber as Settings
from pipeline.models.speech_pieces import Heard, SpeechPieces
from pipeline.models.transcription import Transcript
from pipeline.models.voice_activity import version as voice_activity_version
from schemas.documents import Segment

PACKAGE = "faster_whisper"
WEIGHTS = "model.bin"
PIECE_SECONDS = 300.0
"""Between two looks at whether the transcript is still wanted lie at most 30 seconds of it, Whisper's own window."""


class Whisper:
    """Whisper weights in CTranslate2's format. Thread-safe: one transcript at a time.

    Raises:
        SettingsError: the folder holds no such weights.
        ModelUnavailable: the package faster-whisper is not installed.
        ModelError: the weights cannot be loaded, or the package that finds speech is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model = _loaded(settings)
        self._pieces = SpeechPieces()
        self._one = threading.Lock()

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """Whisper's segments, of regions of speech only: it invents words where there is silence.

        Raises:
            ModelError: the model failed.
            JobCancelled: `cancelled` returned true; it is asked before each segment.
        """
        with self._one:
            heard = self._pieces.transcribe(
                samples,
                lambda piece: self._hear(piece, cancelled),
                seconds=PIECE_SECONDS,
                progress=progress,
                cancelled=cancelled,
            )
        return Transcript(
            segments=list(heard.segments),
            language=heard.language,
            quality="normal",
            produced_by={
                "faster-whisper": _version(),
                "whisper": self._settings.path.name,
                "silero-vad": voice_activity_version(),
            },
        )

    def _hear(self, piece: NDArray[np.float32], cancelled: Callable[[], bool]) -> Heard:
        segments: list[Segment] = []
        try:
            found, info = self._model.transcribe(
                piece,
                language=self._settings.language,
                beam_size=self._settings.beam_size,
                condition_on_previous_text=False,  # else an error goes on from segment to segment
            )
            for each in found:
                if cancelled():
                    raise JobCancelled
                confidence = round(min(1.0, math.exp(min(0.0, each.avg_logprob))), 3)
                segments.append(Segment(start=each.start, end=each.end, text=each.text, confidence=confidence))
        except (RuntimeError, ValueError) as error:
            raise ModelError("faster-whisper failed") from error
        return Heard(segments=segments, language=info.language if len(info.language or "") == 2 else None)


def _loaded(settings: Settings) -> Any:  # noqa: ANN401 - the package has no type information that holds
    if not (settings.path / WEIGHTS).is_file():
        message = f"transcriber.path: {settings.path} holds no {WEIGHTS}; it must be a Whisper in CTranslate2's format"
        raise SettingsError(message, path=str(settings.path))
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise ModelUnavailable("the package faster-whisper is not installed; install the extra whisper") from error
    try:
        return WhisperModel(
            str(settings.path),
            device=settings.device,
            compute_type=settings.compute_type,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(f"the weights in {settings.path} cannot be loaded: {error}") from error


def _version() -> str:
    try:
        return version("faster-whisper")
    except PackageNotFoundError:
        return "unknown"
