"""Turns of two channels."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.reading.audio.turns import FRAME, PADDING, Turn, are_sides, turns
from tests.support.sounds import RATE, silence, tone

EDGE = (PADDING + 1) * FRAME


def voice(*parts: float) -> NDArray[np.int16]:
    """Sound and silence in turns, in seconds."""
    return np.concatenate([(silence if number % 2 else tone)(seconds) for number, seconds in enumerate(parts)])


ANN = voice(2.0, 2.0, 2.0)
BEN = np.concatenate([silence(2.0), tone(2.0, hertz=300), silence(2.0)])
TALK = np.stack([ANN, BEN])


def places(found: list[Turn]) -> list[tuple[int, float, float]]:
    return [(turn.side, round(turn.start / RATE), round(turn.stop / RATE)) for turn in found]


def test_turns_go_back_and_forth() -> None:
    assert are_sides(TALK)
    assert places(turns(TALK)) == [(0, 0, 2), (1, 2, 4), (0, 4, 6)]


def test_a_turn_is_cut_close_to_its_sound() -> None:
    ben = next(turn for turn in turns(TALK) if turn.side)
    assert abs(ben.start - 2 * RATE) <= EDGE
    assert abs(ben.stop - 4 * RATE) <= EDGE


def test_an_echo_of_the_other_side_is_no_turn() -> None:
    echo = np.stack([ANN + BEN // 20, BEN + ANN // 20])
    assert are_sides(echo)
    assert places(turns(echo)) == places(turns(TALK))


def test_a_pause_in_which_nobody_speaks_ends_no_turn() -> None:
    ann = np.concatenate([voice(1.0, 3.0, 1.0), silence(2.0)])
    ben = np.concatenate([silence(5.0), tone(2.0)])
    assert places(turns(np.stack([ann, ben]))) == [(0, 0, 5), (1, 5, 7)]


def test_a_word_thrown_in_parts_no_turn() -> None:
    ann = voice(2.0, 0.2, 2.0)
    ben = np.concatenate([silence(2.0), tone(0.2), silence(2.0)])
    assert [turn for turn in places(turns(np.stack([ann, ben]))) if turn[0] == 0] == [(0, 0, 4)]


def test_who_speak_at_once_have_a_turn_each() -> None:
    both = np.stack([np.concatenate([tone(3.0), silence(2.0)]), np.concatenate([silence(2.0), tone(3.0, hertz=300)])])
    assert are_sides(both)
    assert places(turns(both)) == [(0, 0, 3), (1, 2, 5)]


def noise(seconds: float, loudness: float, seed: int) -> NDArray[np.int16]:
    return np.random.default_rng(seed).normal(0, loudness, round(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize("decibels", [12, 16, 20])
def test_who_speaks_while_the_other_is_much_louder_has_a_turn(decibels: int) -> None:
    ann = np.concatenate([noise(6.0, 5_000, 1), silence(3.0)])
    quiet = 5_000 / 10 ** (decibels / 20)
    ben = np.concatenate([silence(2.0), noise(2.0, quiet, 2), silence(3.0), noise(2.0, quiet, 3)])
    assert places(turns(np.stack([ann, ben]))) == [(0, 0, 6), (1, 2, 4), (1, 7, 9)]
    noisy = ben + noise(9.0, quiet / 10, 4)
    found = places(turns(np.stack([ann, noisy])))
    assert [turn for turn in found if turn[1] < 5] == [(0, 0, 6), (1, 2, 4)], "over a line's noise"


@pytest.mark.parametrize("behind", [0.0, 0.1, 0.35])
def test_an_echo_is_no_turn_however_late_and_muffled_it_is(behind: float) -> None:
    ann = np.concatenate([noise(5.0, 5_000, 1), silence(4.0)])
    muffled = np.convolve(ann, np.hanning(9) / np.hanning(9).sum())[: len(ann)] / 4
    late = np.concatenate([silence(behind), muffled])[: len(ann)].astype(np.int16)
    ben = np.concatenate([silence(6.0), noise(3.0, 2_000, 3)]) + late
    found = places(turns(np.stack([ann, ben])))
    assert [turn for turn in found if turn[1] < 4] == [(0, 0, 5)]
    assert found[-1][2] == 9


def test_one_sound_on_both_channels_is_one_side() -> None:
    assert not are_sides(np.stack([ANN, ANN]))
    assert not are_sides(np.stack([ANN + BEN, (ANN + BEN) // 2])), "one microphone farther away"
    assert not are_sides(np.stack([ANN // 2 + BEN, ANN + BEN // 2])), "two microphones in one room"


def test_a_channel_that_says_nothing_is_no_side() -> None:
    assert not are_sides(np.stack([ANN, silence(6.0)]))
    noise = np.random.default_rng(1).normal(0, 20, len(ANN)).astype(np.int16)
    assert not are_sides(np.stack([ANN, noise]))


def test_no_sound_has_no_turns() -> None:
    nothing = np.zeros((2, 0), np.int16)
    assert not are_sides(nothing)
    assert turns(nothing) == []
    assert turns(np.zeros((2, RATE), np.int16)) == []
