"""What the transcribers on servers, in this process and on chat models make of odd answers."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import (
    AnswerCut,
    JobCancelled,
    ModelError,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    SettingsError,
)
from pipeline.model_settings import ModelServer, WhisperTranscriber
from pipeline.model_settings import OpenAIChatModel as ChatSettings
from pipeline.model_settings import OpenAITranscriber as Settings
from pipeline.models.chat import AudioPart, ChatAnswer, ChatRequest
from pipeline.models.chat_transcriber import SILENCE, ChatTranscriber
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.openai_api.transcriber import OpenAITranscriber
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.transcription import SAMPLE_RATE
from pipeline.models.whisper import Whisper
from tests.support.model_servers import MODEL, Wire, model_server
from tests.support.servers import free_port
from tests.support.sounds import speech
from tests.support.stand_in import standing_in
from tests.support.transcribers import WHISPER, form, seconds_of, stand_in_package, transcription_server

SPOKEN = speech(6.0)
PATH = "POST /v1/audio/transcriptions"


def openai(url: str, **options) -> OpenAITranscriber:
    return OpenAITranscriber(Settings(**{"url": url, "model": WHISPER, **options}))


def long_speech(seconds: float) -> np.ndarray:
    return np.tile(speech(), int(seconds / (len(speech()) / SAMPLE_RATE)) + 1)[: round(seconds * SAMPLE_RATE)]


# A server with /v1/audio/transcriptions


def test_long_speech_goes_in_pieces_whose_times_are_those_of_the_recording() -> None:
    samples = long_speech(100)
    with transcription_server() as server:
        found = openai(server.url, piece_seconds=30).transcribe(samples)
        lengths = [seconds_of(form(request)["file"]) for request in server.asked]
    assert len(lengths) >= 4
    assert max(lengths) <= 30
    starts = [segment.start for segment in found.segments]
    assert starts == sorted(starts)
    assert starts[-1] > 60
    assert found.segments[-1].end <= 100


def test_the_language_is_that_of_the_settings_or_else_the_servers() -> None:
    with transcription_server() as server:
        assert openai(server.url).transcribe(SPOKEN).language == "en"
        assert openai(server.url, language="de").transcribe(SPOKEN).language == "de"
        assert form(server.asked[-1])["language"] == b"de"


def test_confidence_comes_from_the_tokens_probabilities() -> None:
    with transcription_server() as server:
        first = openai(server.url).transcribe(SPOKEN).segments[0]
    assert first.confidence == pytest.approx(np.exp(-0.2), abs=0.001)


def test_a_server_without_times_is_asked_for_them_once() -> None:
    with transcription_server(verbose=False) as server:
        transcriber = openai(server.url)
        for _ in range(2):
            transcriber.transcribe(SPOKEN)
        forms = [form(request)["response_format"] for request in server.asked]
    assert forms.count(b"verbose_json") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, {"segments": "x"}), ModelUnavailable),
        ((200, b"<html>"), ModelUnavailable),
        ((400, {"error": {"message": "no such model"}}), ModelRejected),
        ((401, {"error": {"message": "key"}}), ModelRejected),
        ((503, {"error": {"message": "busy"}}), ModelUnavailable),
    ],
)
def test_a_failing_server_is_classified(answer: object, error: type[ModelError]) -> None:
    with standing_in(answers={PATH: answer}) as server, pytest.raises(error):
        openai(server.url).transcribe(SPOKEN)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ModelUnavailable):
        openai(f"http://127.0.0.1:{free_port()}/v1").transcribe(SPOKEN)


def test_cancelling_ends_a_request_that_is_not_answered() -> None:
    asked, left = threading.Event(), threading.Event()

    def silent(_: object) -> tuple[int, object]:
        asked.set()
        left.wait(60)
        return 200, {}

    with standing_in(answers={PATH: silent}) as server:
        with pytest.raises(JobCancelled):
            openai(server.url).transcribe(SPOKEN, cancelled=asked.is_set)
        left.set()


# Whisper in this process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(b"")
    return tmp_path


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"transcriber\.path.*model\.bin"):
        Whisper(WhisperTranscriber(path=tmp_path / "none"))


def test_without_the_package_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelUnavailable, match="extra whisper"):
        Whisper(WhisperTranscriber(path=folder))


def test_weights_that_cannot_be_loaded_are_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = stand_in_package()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Unsupported model binary version")

    package.WhisperModel = broken  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", package)
    with pytest.raises(ModelError, match="Unsupported model binary version"):
        Whisper(WhisperTranscriber(path=folder))


def test_whispers_transcript_names_its_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", stand_in_package())
    found = Whisper(WhisperTranscriber(path=folder, language="fr")).transcribe(SPOKEN)
    assert (found.language, found.quality, found.produced_by["whisper"]) == ("fr", "normal", folder.name)


# A chat model that hears


class Listening(ScriptedChatModel):
    def __init__(self, *steps: Step) -> None:
        super().__init__(Script(steps=list(steps)))
        self.heard: list[float] = []

    def stream(self, request: ChatRequest, stopped=lambda: False) -> Iterator[str | ChatAnswer]:
        (sound,) = (part for part in request.messages[-1].parts if isinstance(part, AudioPart))
        assert seconds_of(sound.data) == pytest.approx(sound.seconds)
        self.heard.append(sound.seconds)
        return super().stream(request, stopped)


def test_each_piece_of_speech_is_a_segment() -> None:
    model = Listening(*[Step(text=f"Sentence {n}.") for n in range(20)])
    found = ChatTranscriber(model).transcribe(long_speech(60))
    assert len(found.segments) == len(model.heard) >= 3
    assert max(model.heard) <= 25
    assert [segment.text for segment in found.segments][:2] == ["Sentence 0.", "Sentence 1."]
    assert found.produced_by[model.name] == "transcribe-1"


def test_a_piece_without_words_gives_no_segment() -> None:
    assert ChatTranscriber(Listening(Step(text=SILENCE))).transcribe(SPOKEN).segments == []


def test_a_piece_at_which_the_model_loops_is_halved() -> None:
    samples = long_speech(20)
    model = Listening(Step(behave="loop"), Step(text="first"), Step(text="second"), *[Step(text="more")] * 5)
    found = ChatTranscriber(model).transcribe(samples)
    assert [segment.text for segment in found.segments][:2] == ["first", "second"]
    assert model.heard[1] == pytest.approx(model.heard[0] / 2, abs=0.1)
    assert found.segments[1].start == pytest.approx(found.segments[0].end, abs=0.01)


def test_a_piece_that_cannot_be_written_down_is_an_error() -> None:
    with pytest.raises(AnswerCut):
        ChatTranscriber(Listening(*[Step(behave="loop")] * 9)).transcribe(SPOKEN)
    with pytest.raises(ModelRefused):
        ChatTranscriber(Listening(Step(behave="refuse"))).transcribe(SPOKEN)


@pytest.mark.parametrize("make", ["vllm", "sglang"])
def test_sound_goes_to_a_real_server_as_it_wants_it(make: str) -> None:
    with model_server(Step(text="Good morning."), make=make) as server:
        model = OpenAIChatModel(ChatSettings(model=MODEL, servers=[ModelServer(url=server.url)], audio=True))
        found = ChatTranscriber(model).transcribe(SPOKEN)
        model.close()
    assert [segment.text for segment in found.segments] == ["Good morning."]


def test_a_model_that_takes_no_sound_says_so() -> None:
    refusal = b'{"error": {"message": "At most 0 audio(s) may be provided in one prompt.", "code": 400}}'
    with model_server(Wire("status", 400, refusal)) as server:
        model = OpenAIChatModel(ChatSettings(model=MODEL, servers=[ModelServer(url=server.url)], audio=True))
        with pytest.raises(ModelRejected, match="At most 0 audio"):
            ChatTranscriber(model).transcribe(SPOKEN)
        model.close()
