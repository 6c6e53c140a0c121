"""Pieces of speech, and the places of what was heard in them."""

import io
import wave

import numpy as np

from pipeline.models.speech_pieces import pieces, placed, wav
from schemas.documents import Segment


def segment(start: float, end: float, text: str = "word") -> Segment:
    return Segment(start=start, end=end, text=text)


def test_neighbours_share_a_piece_while_it_is_short_enough():
    assert pieces([(0, 10), (15, 30), (32, 45), (100, 160)], 45) == [(0, 45), (100, 160)]
    assert pieces([(0, 10), (15, 30), (32, 45)], 44) == [(0, 30), (32, 45)]
    assert pieces([], 10) == []


def test_segments_move_to_their_place():
    (found,) = placed([segment(1.0, 2.5, " word ")], 10.0, 20.0)
    assert (found.start, found.end, found.text) == (11.0, 12.5, "word")


def test_segments_stay_in_their_piece_and_behind_one_another():
    found = placed([segment(0, 6), segment(5, 8), segment(9, 30), segment(31, 40)], 100.0, 110.0)
    assert [(each.start, each.end) for each in found] == [(100, 106), (106, 108), (109, 110)]


def test_segments_without_words_or_length_are_dropped():
    assert placed([segment(0, 5, "  "), segment(3, 3), segment(4, 2)], 0.0, 10.0) == []


def test_sound_is_written_as_wav():
    samples = np.array([0.0, 0.5, -1.0, 1.5], np.float32)
    with wave.open(io.BytesIO(wav(samples))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert np.frombuffer(file.readframes(4), "<i2").tolist() == [0, 16384, -32768, 32767]
