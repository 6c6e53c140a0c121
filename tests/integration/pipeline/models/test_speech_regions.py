"""Silero's real model on real sound."""

import numpy as np
import pytest

from pipeline.models import voice_activity
from pipeline.models.voice_activity import CONTEXT, FRAME, FRAMES_PER_CALL, VoiceActivity
from tests.support.sounds import RATE, silence, speech, tone


@pytest.fixture(scope="module")
def voice():
    return VoiceActivity()


def test_speech_is_found(voice):
    samples = speech(10.0)
    spoken = sum(stop - start for start, stop in voice.speech(samples))
    assert spoken > len(samples) / 2


def test_silence_and_a_tone_are_no_speech(voice):
    quiet = silence(3.0).astype(np.float32)
    assert voice.speech(quiet) == []
    assert voice.speech(tone(3.0).astype(np.float32) / 32768) == []


def test_the_pause_between_two_sentences_is_left_out(voice):
    sentence = speech(4.0)
    pause = np.zeros(3 * RATE, np.float32)
    found = voice.speech(np.concatenate([sentence, pause, sentence]))
    middle = 5.5 * RATE
    assert not any(start <= middle < stop for start, stop in found)
    assert found[0][0] < 4 * RATE
    assert found[-1][1] > 8 * RATE


def test_there_is_one_probability_for_each_begun_frame(voice):
    for samples in (0, 1, FRAME, FRAME + 1, FRAME * (FRAMES_PER_CALL + 1)):
        found = voice.probabilities(np.zeros(samples, np.float32))
        assert len(found) == -(-samples // FRAME)
        assert np.all((found >= 0) & (found <= 1))


def test_blocks_do_not_show_in_the_probabilities(voice, monkeypatch):
    samples = speech(8.0)
    whole = voice.probabilities(samples)
    monkeypatch.setattr(voice_activity, "FRAMES_PER_CALL", 50)
    assert np.allclose(voice.probabilities(samples), whole, atol=1e-4)


def test_each_frame_stands_behind_the_end_of_the_one_before():
    samples = np.arange(1, 2 * FRAME + 1, dtype=np.float32)
    frames = voice_activity._frames(samples)
    assert frames.shape == (2, CONTEXT + FRAME)
    assert not frames[0, :CONTEXT].any()
    assert np.array_equal(frames[1, :CONTEXT], samples[FRAME - CONTEXT : FRAME])
