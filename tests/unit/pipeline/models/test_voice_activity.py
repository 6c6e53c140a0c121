"""Probabilities to regions of speech, without the model."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.transcription import SAMPLE_RATE
from pipeline.models.voice_activity import FRAME, RegionRules, regions

BARE = RegionRules(padding_seconds=0.0, min_speech_seconds=0.0, min_silence_seconds=0.0)
DEFAULT = RegionRules()
SECOND = SAMPLE_RATE / FRAME


def frames(*parts: tuple[float, float]) -> list[float]:
    """Seconds at a probability, one part after another."""
    return [probability for seconds, probability in parts for _ in range(round(seconds * SECOND))]


def found(probabilities, rules=DEFAULT):
    samples = len(probabilities) * FRAME
    return [(round(a / SAMPLE_RATE, 1), round(b / SAMPLE_RATE, 1)) for a, b in regions(probabilities, samples, rules)]


def test_silence_has_no_regions():
    assert found(frames((3, 0.1))) == []
    assert regions([], 0) == []


def test_a_region_is_padded_on_both_sides():
    assert found(frames((1, 0.0), (2, 0.9), (1, 0.0))) == [(0.8, 3.2)]


def test_padding_stays_inside_the_recording():
    assert regions(frames((1, 0.9)), 15_000) == [(0, 15_000)]


def test_a_short_pause_does_not_end_a_region():
    assert len(found(frames((1, 0.9), (0.2, 0.0), (1, 0.9)))) == 1
    assert len(found(frames((1, 0.9), (1.0, 0.0), (1, 0.9)))) == 2


def test_a_click_is_no_speech():
    assert found(frames((1, 0.0), (0.1, 1.0), (1, 0.0))) == []


def test_speech_goes_on_between_the_two_thresholds():
    assert found(frames((1, 0.9), (1, 0.4), (1, 0.0)), BARE) == [(0.0, 2.0)]
    assert found(frames((1, 0.4), (1, 0.0)), BARE) == []


def test_two_regions_share_the_pause_between_them():
    rules = RegionRules(padding_seconds=1.0, min_silence_seconds=0.4)
    first, second = regions(frames((1, 0.9), (1, 0.0), (1, 0.9)), 3 * SAMPLE_RATE, rules)
    assert first[1] <= second[0]
    assert second[0] - first[1] <= 1


def test_a_long_region_is_split_at_its_least_probable_frame():
    probabilities = frames((14, 0.9), (0.1, 0.6), (14, 0.9))
    assert found(probabilities, RegionRules(max_speech_seconds=20, padding_seconds=0)) == [(0.0, 14.0), (14.0, 28.1)]


@given(
    st.lists(st.floats(0, 1), max_size=400),
    st.floats(0, 1),
    st.floats(0.1, 3),
    st.integers(0, FRAME - 1),
)
def test_regions_are_in_order_apart_and_inside(probabilities, padding, limit, missing):
    samples = max(0, len(probabilities) * FRAME - missing)
    result = regions(probabilities, samples, RegionRules(padding_seconds=padding, max_speech_seconds=limit))
    ends = [edge for region in result for edge in region]
    assert ends == sorted(ends)
    assert all(start < stop for start, stop in result)
    assert all(0 <= edge <= samples for edge in ends)
    assert all(stop - start <= (limit + 2 * padding + 0.1) * SAMPLE_RATE for start, stop in result)
