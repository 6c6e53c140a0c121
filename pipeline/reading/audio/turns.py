"""Who speaks when, where each of two channels holds one side of a talk, as telephone systems record it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.models.transcription import SAMPLE_RATE
from pipeline.reading.audio.crosstalk import is_echo

SPEAKERS = ("Speaker 1", "Speaker 2")
"""Of the first and the second channel: nothing else is known of them."""
FRAME = SAMPLE_RATE // 50
DOMINANT = 3.2
"""A channel this much louder than the other (10 dB) has the word; the other holds an echo then, or speaks over it."""
AUDIBLE = 0.05
"""Share of a channel's loud frames below which it is silent (26 dB),"""
QUIETEST = 30.0
"""and the least loudness of speech; samples go to 32767."""
APART = 0.7
"""Least share of the frames with speech in which one channel has the word,"""
EACH = 0.05
"""and in which each of the two has it,"""
EACH_FRAMES = 50
"""for at least a second: a room recorded by two microphones, or a song, does not part so."""
BREAK = 15
"""Frames in which the other one has the word that end a turn; shorter ones are a cough or a `yes`."""
SHORTEST = 5
"""Frames of speech that make a turn."""
PADDING = 5
COMPARED = 25
"""Frames that are held against the other channel at a time, to tell an echo from a voice,"""
LEAST_COMPARED = 8
"""where as many of them are audible,"""
ABOVE_FLOOR = 3.0
"""and this much louder than the channel's quietest tenth, its noise."""

Loudness = NDArray[np.float64]
"""(2, frames): root mean squares."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A stretch in which one side speaks: which channel, and from which sample to which."""

    side: int
    start: int
    stop: int


def are_sides(samples: NDArray[np.int16]) -> bool:
    """Whether the two channels, (2, samples), hold a speaker each; false for mono recorded twice, rooms and music."""
    loudness = _loudness(samples)
    has_word, audible = _has_word(loudness), _audible(loudness).any(axis=0)
    counts = has_word.sum(axis=1)
    spoken = int(audible.sum())
    return bool(counts.min() >= max(EACH_FRAMES, EACH * spoken) and counts.sum() >= APART * spoken)


def turns(samples: NDArray[np.int16]) -> list[Turn]:
    """The turns of both channels, (2, samples), by their beginnings; those of one channel do not overlap."""
    loudness = _loudness(samples)
    has_word, audible = _has_word(loudness), _audible(loudness)
    found: list[Turn] = []
    for side in (0, 1):
        covered = audible[side] & has_word[1 - side]
        speaks = (audible[side] & ~covered) | _voices(samples, loudness[side], covered, side)
        found += [
            Turn(side=side, start=max(0, first - PADDING) * FRAME, stop=min(samples.shape[1], (last + PADDING) * FRAME))
            for first, last in _stretches(speaks, has_word[1 - side])
        ]
    return sorted(found, key=lambda turn: (turn.start, turn.side))


def _voices(
    samples: NDArray[np.int16], loudness: NDArray[np.float64], covered: NDArray[np.bool_], side: int
) -> NDArray[np.bool_]:
    """Those of the covered frames, in which the other side is much louder, that hold no echo of it, and no noise."""
    voices = np.zeros(covered.shape, np.bool_)
    if not covered.any():
        return voices
    heard = covered & (loudness > ABOVE_FLOOR * np.percentile(loudness, 10))
    for first in range(0, len(heard), COMPARED):
        part = slice(first, first + COMPARED)
        if heard[part].sum() >= LEAST_COMPARED:
            start, stop = first * FRAME, min(first + COMPARED, len(heard)) * FRAME
            voices[part] = heard[part] & (not is_echo(samples[side], samples[1 - side], start, stop))
    return voices


def _loudness(samples: NDArray[np.int16]) -> Loudness:
    count = samples.shape[1] // FRAME
    frames = samples[:, : count * FRAME].reshape(2, count, FRAME)
    # `einsum` converts piece by piece: squares of a whole window would take several times its memory.
    loudness: Loudness = np.sqrt(np.einsum("cfs,cfs->cf", frames, frames, dtype=np.float64) / FRAME)
    return loudness


def _audible(loudness: Loudness) -> NDArray[np.bool_]:
    if not loudness.size:
        return np.zeros(loudness.shape, np.bool_)
    loud = np.percentile(loudness, 95, axis=1, keepdims=True)
    audible: NDArray[np.bool_] = loudness > np.maximum(QUIETEST, AUDIBLE * loud)
    return audible


def _has_word(loudness: Loudness) -> NDArray[np.bool_]:
    """Whether a channel is audible and much louder than the other."""
    has_word: NDArray[np.bool_] = _audible(loudness) & (loudness > DOMINANT * loudness[::-1])
    return has_word


def _stretches(speaks: NDArray[np.bool_], interrupted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame and the one behind the last of each turn; pauses belong to it until the other one has the word."""
    words = np.flatnonzero(speaks)
    if not len(words):
        return []
    before = np.concatenate([[0], np.cumsum(interrupted)])  # how many there are before each frame
    parted = np.flatnonzero(before[words[1:]] - before[words[:-1]] >= BREAK) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(words, parted) if len(part) >= SHORTEST]
