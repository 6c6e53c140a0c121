"""Decoded sound on its way from the child."""

import numpy as np
import pytest

from pipeline.errors import ParserProtocolError
from pipeline.reading.audio.sound import Sound, SoundInfo
from schemas.documents import Notice


def test_sound_arrives_as_it_was_sent():
    info = SoundInfo(more=True, seconds=2.5, channels=2, warnings=[Notice(code="c", message="line\nbreak")])
    sent = Sound(info=info, samples=np.array([0, -32768, 32767, 10], np.int16))
    arrived = Sound.from_bytes(sent.to_bytes())
    assert arrived.info == sent.info
    assert arrived.samples.tolist() == [0, -32768, 32767, 10]
    assert arrived.seconds == 4 / 16_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no header at all",
        b"{}\n",
        b'{"more": false, "channels": 1}\nodd',
        b'{"more": false, "channels": 0}\n',
        b'{"more": false, "channels": 1, "seconds": -1}\n',
        b'{"more": false, "channels": 1, "other": 1}\n',
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(ParserProtocolError):
        Sound.from_bytes(data)


def test_two_channels_cross_one_behind_the_other_and_are_one_when_mixed() -> None:
    info = SoundInfo(more=False, channels=2, sides=True)
    sent = Sound(info=info, samples=np.array([[32767, 2, -4], [32767, 4, -6]], np.int16))
    received = Sound.from_bytes(sent.to_bytes())
    assert received.samples.tolist() == sent.samples.tolist()
    assert received.seconds == sent.seconds == 3 / 16_000
    assert received.mixed().tolist() == [32766, 3, -5]
    with pytest.raises(ParserProtocolError, match="differ in length"):
        Sound.from_bytes(sent.to_bytes()[:-2])
