"""The contract of the port `Transcriber`, and what each adapter adds."""

import io
import sys

import numpy as np
import orjson
import pytest

from pipeline.errors import JobCancelled, ModelError, ParserProtocolError
from pipeline.model_settings import OpenAITranscriber as Settings
from pipeline.model_settings import WhisperTranscriber
from pipeline.models import moonshine, pocketsphinx
from pipeline.models.chat_transcriber import ChatTranscriber
from pipeline.models.moonshine import Moonshine
from pipeline.models.openai_api.transcriber import OpenAITranscriber
from pipeline.models.pocketsphinx import PocketSphinx, recognize
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.scripted_transcriber import ScriptedTranscriber
from pipeline.models.transcription import SAMPLE_RATE
from pipeline.models.whisper import Whisper
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Sandbox as Limits
from schemas.documents import Segment
from tests.support.sounds import speech
from tests.support.transcribers import WHISPER, stand_in_package, transcription_server

SECONDS = 6.0


@pytest.fixture(scope="module")
def sandbox(warm_sandbox):
    return warm_sandbox


class TranscriberContract:
    """What every adapter does."""

    @pytest.fixture(scope="class")
    @classmethod
    def spoken(cls, transcriber):
        """The transcript of a few seconds of speech, and the progress that was told."""
        told: list[float] = []
        return transcriber.transcribe(speech(SECONDS), progress=told.append), told

    def test_speech_becomes_segments_of_text(self, spoken):
        transcript, _ = spoken
        assert transcript.segments
        assert all(segment.text.strip() == segment.text != "" for segment in transcript.segments)

    def test_segments_are_in_order_and_inside_the_samples(self, spoken):
        transcript, _ = spoken
        edges = [edge for segment in transcript.segments for edge in (segment.start, segment.end)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= SECONDS
        assert all(segment.start < segment.end for segment in transcript.segments)

    def test_confidence_is_a_share_where_there_is_one(self, spoken):
        transcript, _ = spoken
        assert all(segment.confidence is None or 0 <= segment.confidence <= 1 for segment in transcript.segments)

    def test_the_transcript_names_what_made_it(self, spoken):
        transcript, _ = spoken
        assert transcript.produced_by
        assert transcript.quality in {"draft", "normal"}
        assert transcript.language is None or len(transcript.language) == 2

    def test_progress_rises_to_one(self, spoken):
        _, told = spoken
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert told[0] >= 0.0

    def test_silence_gives_no_segments(self, transcriber):
        assert transcriber.transcribe(np.zeros(3 * SAMPLE_RATE, np.float32)).segments == []

    def test_no_samples_give_no_segments(self, transcriber):
        assert transcriber.transcribe(np.zeros(0, np.float32)).segments == []

    def test_cancelling_ends_it(self, transcriber):
        with pytest.raises(JobCancelled):
            transcriber.transcribe(speech(SECONDS), cancelled=lambda: True)


class TestScriptedTranscriber(TranscriberContract):
    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls):
        return ScriptedTranscriber(
            [Segment(start=0.5, end=3.0, text="Good morning."), Segment(start=4.5, end=5.9, text="The first point.")]
        )

    def test_it_says_nothing_beyond_the_samples(self, transcriber):
        assert [segment.end for segment in transcriber.transcribe(speech(4.0)).segments] == [3.0]


class TestMoonshine(TranscriberContract):
    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls):
        return Moonshine()

    def test_it_is_an_english_draft(self, spoken):
        transcript, _ = spoken
        assert (transcript.language, transcript.quality) == ("en", "draft")
        assert set(transcript.produced_by) == {"moonshine-tiny-en", "silero-vad"}

    def test_it_hears_what_is_said(self, spoken):
        transcript, _ = spoken
        assert transcript.segments[0].text.startswith("Good morning, this is the weekly meeting of the")
        assert transcript.segments[0].confidence > 0.5

    def test_a_click_is_heard_too(self, transcriber):
        text, confidence = transcriber._loaded().hear(np.ones(1, np.float32))
        assert isinstance(text, str)
        assert 0 <= confidence <= 1

    def test_what_it_writes_is_bounded_by_the_time(self, transcriber, monkeypatch):
        monkeypatch.setattr(moonshine, "END", -1)
        tokens, logs = transcriber._loaded()._written(speech(2.0)[None])
        assert len(tokens) == len(logs) == 14

    def test_a_failing_runtime_is_the_models_fault(self, transcriber):
        with pytest.raises(ModelError, match="recognizer of speech failed"):
            transcriber._loaded().hear(np.full(SAMPLE_RATE, "sound"))


class TestPocketSphinx(TranscriberContract):
    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls, sandbox):
        return PocketSphinx(sandbox)

    def test_it_is_an_english_draft(self, spoken):
        transcript, _ = spoken
        assert (transcript.language, transcript.quality) == ("en", "draft")
        assert set(transcript.produced_by) == {"pocketsphinx", "silero-vad"}

    def test_it_says_what_is_missing_where_it_stands_in(self, transcriber, sandbox):
        quiet = np.zeros(SAMPLE_RATE, np.float32)
        assert transcriber.transcribe(quiet).warnings == []
        (warning,) = PocketSphinx(sandbox, "Moonshine is not installed.").transcribe(quiet).warnings
        assert warning.code == "recognizer-missing"
        assert warning.message.endswith("Moonshine is not installed.")

    def test_words_carry_no_marks_of_the_dictionary(self, spoken):
        transcript, _ = spoken
        assert not set("".join(segment.text for segment in transcript.segments)) & set("()<>[]+")

    def test_each_child_gets_a_bounded_stretch_of_speech(self, transcriber, spoken, monkeypatch):
        monkeypatch.setattr(pocketsphinx, "BATCH_SECONDS", 2.0)
        again = transcriber.transcribe(speech(SECONDS))
        # The words may differ a little: each child's decoder adapts to the sound that it has heard so far.
        places = [[edge for s in found.segments for edge in (s.start, s.end)] for found in (again, spoken[0])]
        assert places[0] == pytest.approx(places[1], abs=0.5)

    def test_a_malformed_answer_is_refused(self):
        class Babbling(Sandbox):
            def run(self, *_, **__):
                return b'[{"text": "", "start": -1}]'

        with pytest.raises(ParserProtocolError):
            PocketSphinx(Babbling(Limits())).transcribe(speech(4.0))


class TestOpenAI(TranscriberContract):
    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls):
        with transcription_server() as server:
            yield OpenAITranscriber(Settings(url=server.url, model=WHISPER))


class TestOpenAIWithoutTimes(TranscriberContract):
    """A server that refuses `verbose_json`, as vLLM does for models other than Whisper."""

    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls):
        with transcription_server(verbose=False) as server:
            yield OpenAITranscriber(Settings(url=server.url, model=WHISPER))


class TestFasterWhisper(TranscriberContract):
    """A stand-in takes the package's place: its weights are not part of a test."""

    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("whisper")
        (folder / "model.bin").write_bytes(b"")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "faster_whisper", stand_in_package())
            yield Whisper(WhisperTranscriber(path=folder))


class TestChat(TranscriberContract):
    @pytest.fixture(scope="class")
    @classmethod
    def transcriber(cls):
        script = Script(steps=[Step(text="Good morning, everybody.")], at_end="repeat")
        return ChatTranscriber(ScriptedChatModel(script))


def test_speech_is_brought_to_one_level_and_noise_is_left_where_it_is():
    wave = np.sin(np.linspace(0, 100, 1600, dtype=np.float32))
    soft, loud, hum = (pocketsphinx._levelled(wave * np.float32(level)) for level in (0.01, 0.9, 1e-5))
    assert np.allclose(soft, loud, atol=1e-3)
    assert 0.49 < np.abs(soft).max() <= 0.5
    assert np.abs(hum).max() <= 1e-5
    assert pocketsphinx._levelled(wave[:0]).size == 0


def test_a_region_without_words_is_null():
    told: list[float] = []
    answer = recognize(io.BytesIO(b""), {"lengths": [0]}, told.append)
    assert orjson.loads(answer) == [None]
    assert told == [0.0]
