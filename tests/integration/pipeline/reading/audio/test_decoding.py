"""Recordings through FFmpeg: every container, windows, and files that lie."""

import io
import struct

import numpy as np
import pytest

from pipeline.errors import DamagedFile, LimitExceeded, UnsupportedType
from pipeline.reading.audio import decoding
from pipeline.reading.audio.decoding import DEMUXERS, decode
from tests.support.sounds import RATE, encoded, silence, tone

ALL = 3600 * RATE
FORMS = [
    ("audio/wav", "wav", "pcm_s16le", 16_000),
    ("audio/wav", "wav", "pcm_f32le", 44_100),
    ("audio/wav", "wav", "adpcm_ima_wav", 8_000),
    ("audio/mpeg", "mp3", "libmp3lame", 44_100),
    ("audio/mp4", "ipod", "aac", 48_000),
    ("audio/mp4", "ipod", "alac", 44_100),
    ("video/mp4", "mp4", "aac", 44_100),
    ("audio/aac", "adts", "aac", 44_100),
    ("audio/flac", "flac", "flac", 44_100),
    ("audio/ogg", "ogg", "libopus", 48_000),
]


def read(data, media_type="audio/wav", *, start=0, samples=ALL, max_seconds=3600.0, progress=lambda _: None):
    return decode(
        io.BytesIO(data), media_type, start=start, samples=samples, max_seconds=max_seconds, progress=progress
    )


def pitch(samples):
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return np.argmax(spectrum) * RATE / len(samples)


@pytest.mark.parametrize(("media_type", "container", "codec", "rate"), FORMS)
def test_every_container_gives_the_same_sound(media_type, container, codec, rate):
    data = encoded([tone(2.0, rate=rate)] * 2, container=container, codec=codec, rate=rate)
    sound = read(data, media_type)
    assert sound.seconds == pytest.approx(2.0, abs=0.06)
    assert sound.info.seconds == pytest.approx(sound.seconds, abs=0.001)
    assert pitch(sound.samples) == pytest.approx(440, abs=1)
    assert np.abs(sound.samples).max() == pytest.approx(16_384, rel=0.1)
    assert sound.info.channels == 2
    assert sound.info.warnings == []
    assert not sound.info.more


def test_every_demuxer_is_tried():
    assert {form[0] for form in FORMS} == set(DEMUXERS)


def test_the_sides_of_a_talk_stay_apart_and_later_windows_are_as_the_first():
    talk = encoded([np.concatenate([tone(2.0), silence(2.0)]), np.concatenate([silence(2.0), tone(2.0, hertz=300)])])
    sound = read(talk)
    assert (sound.info.sides, sound.samples.shape) == (True, (2, 4 * RATE))
    assert [round(pitch(side)) for side in sound.samples] == [440, 300]
    for sides, shape in ((True, (2, RATE)), (False, (RATE,))):
        window = decode(io.BytesIO(talk), "audio/wav", start=RATE, samples=RATE, max_seconds=60.0, sides=sides)
        assert (window.info.sides, window.samples.shape) == (sides, shape)
    mono = decode(io.BytesIO(encoded([tone(2.0)])), "audio/wav", start=RATE, samples=RATE, max_seconds=60.0, sides=True)
    assert mono.samples.shape == (2, RATE), "a recording that goes on in mono goes on for both"


def test_both_channels_are_heard():
    sound = read(encoded([silence(1.0), tone(1.0)]))
    assert np.abs(sound.samples).max() == pytest.approx(8_192, rel=0.1)


def test_what_lies_above_the_new_band_does_not_fold_into_it():
    sound = read(encoded([tone(1.0, rate=48_000, hertz=10_000)], rate=48_000))
    assert np.abs(sound.samples[1000:-1000]).max() < 200


def test_windows_put_together_are_the_whole():
    data = encoded([tone(3.0, rate=44_100, hertz=100)], rate=44_100, container="flac", codec="flac")
    whole = read(data, "audio/flac")
    windows = [read(data, "audio/flac", start=start, samples=RATE) for start in (0, RATE, 2 * RATE)]
    assert [window.info.more for window in windows] == [True, True, False]
    assert [window.info.seconds for window in windows] == [pytest.approx(3.0), None, None]
    joined = np.concatenate([window.samples for window in windows])
    assert len(joined) == len(whole.samples)
    # Windows begin between two samples of the original, so each may be half a sample off.
    assert np.abs(joined.astype(int) - whole.samples).max() < 400


def test_a_window_behind_the_end_is_empty():
    sound = read(encoded([tone(1.0)]), start=5 * RATE, samples=RATE)
    assert len(sound.samples) == 0
    assert not sound.info.more


def test_a_recording_that_is_too_long_is_refused_whatever_its_header_says():
    data = bytearray(encoded([tone(5.0)]))
    at = data.find(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
    with pytest.raises(LimitExceeded, match="longer than 2 seconds") as caught:
        read(bytes(data), max_seconds=2.0)
    assert caught.value.facts["limit"] == "max_audio_seconds"


def test_a_cut_off_recording_is_read_as_far_as_it_goes_with_a_warning():
    data = encoded([tone(10.0)])
    sound = read(data[: len(data) // 2])
    assert sound.seconds == pytest.approx(5.0, abs=0.1)
    assert [notice.code for notice in sound.info.warnings] == ["recording-incomplete"]


def test_a_cut_off_flac_is_read_as_far_as_it_goes_with_a_warning():
    data = encoded([tone(10.0)], container="flac", codec="flac")
    sound = read(data[: len(data) // 2], "audio/flac")
    assert 3.0 < sound.seconds < 6.0
    assert "recording-incomplete" in [notice.code for notice in sound.info.warnings]


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wave_file_of_unstated_length_is_not_called_cut_off(size):
    data = bytearray(encoded([tone(1.0)]))
    data[4:8] = struct.pack("<I", size)
    assert read(bytes(data)).info.warnings == []


def damaged(data):
    """The recording with its middle overwritten."""
    middle = len(data) // 2
    return data[:middle] + np.random.default_rng(7).bytes(2000) + data[middle + 2000 :]


def test_damaged_parts_are_left_out_with_a_warning():
    data = encoded([tone(10.0, rate=48_000)], container="ipod", codec="aac", rate=48_000)
    sound = read(damaged(data), "audio/mp4")
    assert 9.0 < sound.seconds < 10.0
    assert sound.info.lost


def test_what_cannot_be_resampled_is_counted_in_the_window_it_is_of(monkeypatch):
    def refuse(window, frame):
        raise ValueError

    monkeypatch.setattr(decoding._Window, "_resample", refuse)
    data = encoded([tone(4.0)])
    lost = [read(data, start=start, samples=RATE).info.lost for start in (0, RATE, 2 * RATE)]
    assert min(lost) > 0
    assert sum(lost) < read(data).info.lost, "those of the other window"


def test_parts_that_are_silently_skipped_are_missed():
    data = encoded([tone(10.0, rate=44_100)], container="flac", codec="flac", rate=44_100)
    sound = read(damaged(data), "audio/flac")
    assert 9.0 < sound.seconds < 9.9
    assert [notice.code for notice in sound.info.warnings] == ["recording-incomplete"]


@pytest.mark.parametrize("media_type", sorted(DEMUXERS))
def test_noise_with_no_recording_in_it_is_damaged(media_type):
    noise = np.random.default_rng(7).bytes(4096)
    with pytest.raises((DamagedFile, UnsupportedType)):
        read(noise, media_type)


def test_a_recording_without_samples_is_damaged():
    data = encoded([tone(1.0)])
    with pytest.raises(DamagedFile, match="no sound"):
        read(data[: data.find(b"data") + 8])


def test_a_film_without_a_sound_track_is_refused():
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with pytest.raises(UnsupportedType, match="no sound track"):
        read(out.getvalue(), "video/mp4")


def test_an_impossible_sampling_rate_is_damaged():
    data = bytearray(encoded([tone(1.0)]))
    data[24:28] = struct.pack("<I", 100)
    with pytest.raises(DamagedFile, match="100 Hz"):
        read(bytes(data))


def test_a_playlist_is_never_followed():
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/one.ts\n"
    for media_type in DEMUXERS:
        with pytest.raises((DamagedFile, UnsupportedType)):
            read(playlist, media_type)


def test_other_types_are_not_decoded():
    with pytest.raises(UnsupportedType, match="video/webm"):
        read(b"", "video/webm")


def test_progress_follows_the_file():
    told: list[float] = []
    read(encoded([tone(30.0)]), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0, abs=0.05)
