"""`meeting.flac`: a short meeting, spoken by the speech synthesiser espeak-ng, 16 kHz mono.

espeak-ng is a system package (`apt-get install espeak-ng`); without it the committed recording stays as it is.
"""

import shutil
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

import av

SENTENCES = [
    "Good morning. This is the weekly meeting of the harbor team.",
    "The first point is the weather. There will be a big storm on Saturday.",
    "We decided to stop all boats at three in the afternoon.",
    "The second point is money. The old boat needs a new engine.",
    "It will cost ten thousand dollars. We agreed to pay for it.",
    "Peter will call the people at the company on Monday.",
    "The next meeting is on the first of May. Thank you and goodbye.",
]
VOICE, WORDS_PER_MINUTE, WORD_GAP, PITCH = "en-us+f2", 150, 3, 55
_SAMPLE_RATE = 16_000


def is_possible() -> bool:
    """Whether the synthesiser is there."""
    return shutil.which("espeak-ng") is not None


def speak() -> bytes:
    """The FLAC."""
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "meeting.wav"
        voice = ["-v", VOICE, "-s", str(WORDS_PER_MINUTE), "-g", str(WORD_GAP), "-p", str(PITCH)]
        command = [shutil.which("espeak-ng") or "espeak-ng", *voice, "-w", str(wave), "\n\n".join(SENTENCES)]
        subprocess.run(command, check=True, timeout=60)
        return _as_flac(wave)


def _as_flac(wave: Path) -> bytes:
    out = BytesIO()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_SAMPLE_RATE)
    with av.open(str(wave)) as source, av.open(out, "w", format="flac") as target:
        stream = target.add_stream("flac", rate=_SAMPLE_RATE, layout="mono", format="s16")
        for frame in source.decode(audio=0):
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        for part in resampler.resample(None):
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return out.getvalue()
