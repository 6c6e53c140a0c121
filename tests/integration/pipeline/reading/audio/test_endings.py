"""Recordings that were cut off say so where their format lets it be known; whole ones never do."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.audio.decoding import decode
from pipeline.reading.audio.endings import is_whole
from tests.support.sounds import encoded, tone

BARE = {"write_xing": "0", "id3v2_version": "0"}
OLD_TAG = b"TAG" + bytes(125)
"""ID3v1: the last 128 bytes of many an MP3."""


def mp3(rate=44_100, *, bare=False):
    return encoded([tone(4.0, rate=rate)], container="mp3", codec="libmp3lame", rate=rate, options=BARE if bare else {})


@pytest.fixture(scope="module")
def ogg():
    return encoded([tone(4.0, rate=48_000)], container="ogg", codec="libopus", rate=48_000)


def warned(data, media_type):
    info = decode(io.BytesIO(data), media_type, samples=10**9, max_seconds=3600.0).info
    assert all(notice.code == "recording-incomplete" for notice in info.warnings)
    return [notice.message.removeprefix("the recording is not complete: ") for notice in info.warnings]


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050, 16_000, 8_000])
def test_a_whole_mp3_is_not_called_cut_off_with_or_without_tags(rate, bare):
    data = mp3(rate, bare=bare)
    assert warned(data, "audio/mpeg") == []
    assert warned(data + OLD_TAG, "audio/mpeg") == []


@pytest.mark.parametrize("rate", [44_100, 16_000])
def test_an_mp3_that_states_its_frames_is_missed_what_was_cut_off(rate):
    data = mp3(rate)
    [message] = warned(data[: len(data) // 2], "audio/mpeg")
    assert message.startswith("it says that it is 4.0 seconds long, but only ")


@pytest.mark.parametrize("bare", [False, True])
def test_an_mp3_that_stops_within_a_frame_is_cut_off(bare):
    assert warned(mp3(bare=bare)[:-10], "audio/mpeg") == ["its last frame is cut"]


def test_an_ogg_is_whole_with_the_mark_of_its_end_whatever_lies_behind(ogg):
    assert warned(ogg, "audio/ogg") == []
    assert warned(ogg + bytes(500), "audio/ogg") == []


def test_an_ogg_cut_anywhere_is_not_called_whole(ogg):
    last = ogg.rfind(b"OggS")
    assert warned(ogg[:last], "audio/ogg") == ["it stops without the mark of its end"]
    for cut in (last + 10, last + 27, len(ogg) - 1, len(ogg) // 2):
        assert warned(ogg[:cut], "audio/ogg") == ["its last page is cut"]


def test_an_ogg_without_a_page_of_its_middle_is_not_called_whole(ogg):
    marks = [found.start() for found in re.finditer(b"OggS", ogg)]
    holed = ogg[: marks[3]] + ogg[marks[4] :]
    assert warned(holed, "audio/ogg") == ["1 of its pages are not there"]
    assert warned(ogg + ogg, "audio/ogg") == []  # one recording behind another, each with its own numbers


def wave(rate=16_000):
    return encoded([tone(4.0, rate=rate)], container="wav", codec="pcm_s16le", rate=rate)


def with_data_size(data, size):
    at = data.find(b"data") + 4
    return data[:at] + size.to_bytes(4, "little") + data[at + 4 :]


def test_a_wave_whose_header_tells_of_a_part_of_the_sound_only_is_not_called_whole():
    data = with_data_size(wave(), 32_000)
    [message] = warned(data, "audio/wav")
    assert message == "96000 bytes lie behind the sound that its header tells of"


def test_a_wave_is_whole_whatever_chunks_or_tags_lie_behind_the_sound():
    data = wave()
    assert warned(data, "audio/wav") == []
    assert warned(data + b"LIST" + (50_000).to_bytes(4, "little") + bytes(50_000), "audio/wav") == []
    assert warned(data + b"id3 " + (49_999).to_bytes(4, "little") + bytes(49_999), "audio/wav") == []
    assert warned(data + OLD_TAG, "audio/wav") == []
    for unknown in (0, 0xFFFFFFFF):
        assert warned(with_data_size(data, unknown), "audio/wav") == []


@pytest.mark.parametrize(
    ("header", "length"),
    [
        ("fffb9000", 417),  # MPEG-1, 128 kbit/s, 44.1 kHz
        ("fffb9200", 418),  # padded
        ("fff34000", 104),  # MPEG-2, 32 kbit/s, 22.05 kHz
        ("ffe34000", 208),  # MPEG-2.5, 32 kbit/s, 11.025 kHz
    ],
)
def test_a_frame_is_as_long_as_its_header_says(header, length):
    frame = bytes.fromhex(header) + bytes(length - 4)
    assert is_whole(frame)
    assert not is_whole(frame[:-1])


@pytest.mark.parametrize("header", ["", "fffb", "fffb0000", "fffbf000", "fffb9c00", "fffd9000", "494433", "ffeb9000"])
def test_where_the_length_cannot_be_told_nothing_is_said(header):
    assert is_whole(bytes.fromhex(header))


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_not(data):
    assert is_whole(data) in {True, False}
