"""What hears speech."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.model_settings.addresses import ServerUrl
from pipeline.model_settings.chat import OpenAIChatModel
from pipeline.settings_group import ApiKey, LocalPath, SettingsGroup

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class MoonshineTranscriber(SettingsGroup):
    """The small acoustic model in the `moonshine-voice` package: draft quality, English only."""

    kind: Literal["moonshine"] = "moonshine"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class PocketSphinxTranscriber(SettingsGroup):
    """The older acoustic model in the `pocketsphinx` package, which has three times the errors: English drafts."""

    kind: Literal["pocketsphinx"] = "pocketsphinx"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class NoTranscriber(SettingsGroup):
    """Recordings are refused."""

    kind: Literal["none"] = "none"

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return self.kind


class WhisperTranscriber(SettingsGroup):
    """Whisper in this process, by faster-whisper; the extra `whisper`."""

    kind: Literal["faster-whisper"] = "faster-whisper"
    path: LocalPath
    """A folder with a Whisper in CTranslate2's format; nothing is downloaded."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "default"
    """Of CTranslate2, e.g. `int8`, `float16`."""
    beam_size: PositiveInt = 5
    language: Language | None = None
    """Two letters; by default it is recognized."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.path.name} {self.beam_size} {self.language}"


class OpenAITranscriber(SettingsGroup):
    """A server with `/v1/audio/transcriptions`."""

    kind: Literal["openai"] = "openai"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str
    language: Language | None = None
    """Two letters; by default it is recognized."""
    piece_seconds: float = Field(default=300.0, ge=30, le=780)
    """Speech sent at a time; 780 are the 25 MB that servers take."""
    timeout_seconds: PositiveFloat = 600.0
    """For one piece."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.model} {self.language}"


class ChatTranscriber(SettingsGroup):
    """A chat model that takes sound. No Llama 4 does, so it is one of its own."""

    kind: Literal["chat"] = "chat"
    chat: OpenAIChatModel
    """The same keys as of `chat` with kind `openai`."""

    @property
    def identity(self) -> str:
        """Recordings are transcribed anew where it changes."""
        return f"{self.kind} {self.chat.model}"


AnyTranscriber = (
    MoonshineTranscriber
    | PocketSphinxTranscriber
    | NoTranscriber
    | WhisperTranscriber
    | OpenAITranscriber
    | ChatTranscriber
)
