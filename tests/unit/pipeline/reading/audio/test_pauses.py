"""Cutting a long recording where it is quiet."""

import numpy as np
import pytest

from pipeline.reading.audio.pauses import quiet_cut
from tests.support.sounds import RATE, silence, tone


def test_the_cut_lies_in_the_pause():
    samples = np.concatenate([tone(8.0), silence(0.5), tone(1.5)])
    assert 8.0 * RATE <= quiet_cut(samples, 5.0) <= 8.5 * RATE


def test_a_pause_before_the_last_seconds_is_not_used():
    samples = np.concatenate([tone(1.0), silence(1.0), tone(8.0)])
    assert quiet_cut(samples, 3.0) >= 7.0 * RATE


def test_the_loudest_place_is_avoided_where_there_is_no_pause():
    samples = np.concatenate([tone(5.0, loudness=0.9), tone(1.0, loudness=0.1), tone(4.0, loudness=0.9)])
    assert 5.0 * RATE <= quiet_cut(samples, 9.0) <= 6.0 * RATE


@pytest.mark.parametrize("samples", [1, 100, 5000, RATE])
def test_the_cut_is_never_at_the_beginning(samples):
    assert 0 < quiet_cut(np.zeros(samples, np.int16), 30.0) <= samples
