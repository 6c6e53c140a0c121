"""A recording becomes a document, through a real child process."""

import io
from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import DamagedFile, JobCancelled, LimitExceeded, UnsupportedType
from pipeline.models.scripted_transcriber import ScriptedTranscriber
from pipeline.models.transcription import Transcript
from pipeline.reading.audio.recording import read_recording
from pipeline.reading.audio.sound import Sound, SoundInfo
from pipeline.reading.content import as_markdown
from pipeline.settings import Reading
from schemas.documents import Notice, Segment
from tests.support.sounds import encoded, silence, tone

HELLO = Segment(start=0.1, end=0.9, text="hello", confidence=0.5)


@pytest.fixture(scope="module")
def sandbox(warm_sandbox):
    return warm_sandbox


@pytest.fixture
def file(tmp_path):
    def open_(data):
        path = tmp_path / "recording"
        path.write_bytes(data)
        return path.open("rb")

    return open_


class Rambler:
    """A transcriber that puts words behind the end of what it heard."""

    def transcribe(self, samples, *, progress=None, cancelled=None):
        seconds = len(samples) / 16_000
        segments = [Segment(start=seconds - 0.5, end=seconds + 2, text="late")]
        return Transcript(segments=segments, language=None, quality="draft", produced_by={})


def read(sandbox, source, transcriber, media_type="audio/wav", settings=None, **more):
    with source:
        return read_recording(
            sandbox, source, media_type=media_type, transcriber=transcriber, settings=settings or Reading(), **more
        )


def test_a_recording_is_a_document_of_segments(sandbox, file):
    document = read(sandbox, file(encoded([tone(2.0)])), ScriptedTranscriber([HELLO]))
    assert document.shape == "segments"
    assert document.media_type == "audio/wav"
    assert document.seconds == 2.0
    assert document.segments == [HELLO]
    assert (document.language, document.quality) == ("en", "normal")
    assert set(document.produced_by) == {"av", "scripted"}
    assert document.warnings == []


def test_silence_is_a_document_without_segments_that_says_so(sandbox, file):
    document = read(sandbox, file(encoded([silence(1.0)])), ScriptedTranscriber([HELLO]))
    assert document.segments == []
    assert [notice.code for notice in document.warnings] == ["no-speech"]


def test_channels_with_a_speaker_each_are_told_as_turns_in_every_window(sandbox, file):
    ann = np.concatenate([tone(2.0), silence(2.0), tone(2.0)])
    ben = np.concatenate([silence(2.0), tone(2.0, hertz=300), silence(2.0)])
    talk = encoded([np.tile(ann, 2), np.tile(ben, 2)])
    for seconds in (60.0, 7.0):
        document = read(sandbox, file(talk), ScriptedTranscriber([HELLO]), window_seconds=seconds)
        turns = [(segment.speaker, round(segment.start)) for segment in document.segments]
        assert turns[:3] == [("Speaker 1", 0), ("Speaker 2", 2), ("Speaker 1", 4)]
        assert turns[-2:] == [("Speaker 2", 8), ("Speaker 1", 10)]
        assert "Speaker 1: hello" in as_markdown(document)


def test_the_same_sound_on_both_channels_has_no_speakers(sandbox, file):
    document = read(sandbox, file(encoded([tone(2.0)] * 2)), ScriptedTranscriber([HELLO]))
    assert document.segments == [HELLO]


def test_what_the_transcriber_warns_of_is_said_once(sandbox, file):
    class Warner(ScriptedTranscriber):
        def transcribe(self, samples, **more):
            made = super().transcribe(samples, **more)
            return replace(made, warnings=[Notice(code="recognizer-missing", message="another is better")])

    source = file(encoded([np.tile(np.concatenate([tone(0.95), silence(0.05)]), 3)]))
    document = read(sandbox, source, Warner([HELLO]), window_seconds=2.0)
    assert [notice.code for notice in document.warnings] == ["recognizer-missing"]


def test_a_long_recording_is_transcribed_window_by_window(sandbox, file):
    second = np.concatenate([tone(0.95), silence(0.05)])
    transcriber = ScriptedTranscriber([HELLO])
    told: list[float] = []
    source = file(encoded([np.tile(second, 5)]))
    document = read(sandbox, source, transcriber, window_seconds=2.0, progress=told.append)
    assert len(transcriber.heard) >= 3
    assert max(transcriber.heard) <= 2.0
    assert sum(transcriber.heard) == pytest.approx(5.0, abs=0.001)
    assert len(document.segments) == len(transcriber.heard)
    starts = [segment.start for segment in document.segments]
    assert starts == sorted(starts)
    assert starts[1] == pytest.approx(transcriber.heard[0] + 0.1, abs=0.002)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_no_segment_ends_behind_the_recording(sandbox, file):
    document = read(sandbox, file(encoded([tone(1.0)])), Rambler())
    assert [(segment.start, segment.end) for segment in document.segments] == [(0.5, 1.0)]
    assert document.quality == "draft"


def test_warnings_of_the_decoder_arrive(sandbox, file):
    data = encoded([tone(4.0)])
    document = read(sandbox, file(data[: len(data) // 2]), ScriptedTranscriber([HELLO]))
    assert [notice.code for notice in document.warnings] == ["recording-incomplete"]


def test_parts_that_are_lost_in_any_window_are_told_together():
    class Windows:
        """The child, which has lost two parts in the first window and one in the second."""

        def run(self, task, source, arguments, **more):
            first = arguments["start"] == 0
            info = SoundInfo(more=first, seconds=4.0 if first else None, channels=1, lost=2 if first else 1)
            return Sound(info=info, samples=tone(2.0)).to_bytes()

    document = read(Windows(), io.BytesIO(), ScriptedTranscriber([HELLO]), window_seconds=2.0)
    (notice,) = document.warnings
    assert notice.code == "recording-damaged"
    assert notice.message.startswith("3 parts ")


def test_without_a_transcriber_recordings_are_refused(sandbox):
    with pytest.raises(UnsupportedType, match="no transcriber is configured"):
        read(sandbox, io.BytesIO(b"RIFF"), None)


def test_the_decoders_refusals_come_through(sandbox, file):
    with pytest.raises(DamagedFile):
        read(sandbox, file(b"RIFF\x00\x00\x00\x00WAVE"), ScriptedTranscriber())
    with pytest.raises(LimitExceeded):
        read(sandbox, file(encoded([tone(3.0)])), ScriptedTranscriber(), settings=Reading(max_audio_seconds=1.0))


def test_cancelling_ends_it(sandbox, file):
    with pytest.raises(JobCancelled):
        read(sandbox, file(encoded([tone(1.0)])), ScriptedTranscriber([HELLO]), cancelled=lambda: True)
