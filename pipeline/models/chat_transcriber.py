"""The `Transcriber` on a chat model that hears: Voxtral, Qwen-Omni, Gemma and their kin. No Llama 4 does."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import AnswerCut, ModelRefused
from pipeline.models.chat import AudioPart, ChatModel, ChatRequest, Message, complete
from pipeline.models.speech_pieces import Heard, SpeechPieces, placed, wav
from pipeline.models.transcription import SAMPLE_RATE, Transcript
from pipeline.models.voice_activity import version
from pipeline.prompting.templates import Prompt, render
from schemas.documents import Segment

PIECE_SECONDS = 25.0
"""Such models tell no times: each piece is one segment."""
TOKENS_PER_SECOND = 12
"""Three times fast speech."""
SPARE_TOKENS = 64
SHORTEST_SECONDS = 4.0
"""A piece at which the model loops is halved, but not below this."""
SILENCE = "[no speech]"
"""What the prompt asks for where nothing is said."""


class ChatTranscriber:
    """Has pieces of speech written down by a chat model that declares `audio`. Thread-safe.

    Raises:
        ModelError: the package that finds speech is missing.
    """

    def __init__(self, model: ChatModel, timeout_seconds: float = 120.0) -> None:
        self._model = model
        self._timeout = timeout_seconds
        self._pieces = SpeechPieces()

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """One segment for each piece of speech.

        Raises:
            ModelError: as the chat model raises them; `ModelRefused` or `AnswerCut` where a piece was not written down.
            JobCancelled: `cancelled` returned true.
        """
        prompt = render("transcribe", silence=SILENCE)
        heard = self._pieces.transcribe(
            samples,
            lambda piece: self._hear(prompt, piece, cancelled),
            seconds=PIECE_SECONDS,
            progress=progress,
            cancelled=cancelled,
        )
        made = {self._model.name: prompt.id, "silero-vad": version()}
        return Transcript(segments=list(heard.segments), language=None, quality="normal", produced_by=made)

    def _hear(self, prompt: Prompt, piece: NDArray[np.float32], cancelled: Callable[[], bool]) -> Heard:
        seconds = len(piece) / SAMPLE_RATE
        sound = AudioPart(data=wav(piece), format="wav", seconds=seconds)
        request = ChatRequest(
            messages=[
                Message(role="system", parts=[prompt.system]),
                Message(role="user", parts=[sound, prompt.request]),
            ],
            max_tokens=SPARE_TOKENS + round(seconds * TOKENS_PER_SECOND),
            timeout_seconds=self._timeout,
        )
        answer = complete(self._model, request, cancelled)
        if answer.finish_reason == "refusal":
            raise ModelRefused("the model refused to write down a piece of the recording")
        if answer.finish_reason == "length":
            return self._halved(prompt, piece, cancelled)
        text = answer.text.replace(SILENCE, "").strip()
        return Heard(segments=[Segment(start=0.0, end=seconds, text=text)])

    def _halved(self, prompt: Prompt, piece: NDArray[np.float32], cancelled: Callable[[], bool]) -> Heard:
        """Both halves of a piece at which the model did not come to an end."""
        seconds = len(piece) / SAMPLE_RATE
        if seconds < 2 * SHORTEST_SECONDS:
            raise AnswerCut(f"the model does not come to an end with {seconds:.0f} seconds of the recording")
        middle = len(piece) // 2
        first, second = (self._hear(prompt, half, cancelled).segments for half in (piece[:middle], piece[middle:]))
        later = placed(second, middle / SAMPLE_RATE, seconds)
        return Heard(segments=[*first, *later])
