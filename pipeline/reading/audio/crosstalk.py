"""Whether the quieter of two channels is an echo of the louder one, or says something of its own.

What a linear path made of the louder channel is coherent with it (Carter 1987, "Coherence and time delay estimation",
Proceedings of the IEEE 75): the share of the quieter channel's power that the louder one explains is near 1 for an
echo, after its delay is taken out, and near 0 for another voice.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.models.transcription import SAMPLE_RATE

LATEST = round(0.6 * SAMPLE_RATE)
"""Samples by which an echo is behind: that of a far mobile network."""
EARLIEST = round(0.05 * SAMPLE_RATE)
"""And by which it may seem to be ahead, where channels were recorded apart."""
SEGMENT = 512
HOP = SEGMENT // 2
ECHO = 0.5
"""Least share of the power that is explained, of an echo."""

Signal = NDArray[np.int16]


def is_echo(quiet: Signal, loud: Signal, start: int, stop: int) -> bool:
    """Whether the samples `start` to `stop` (half open) of the quiet channel are an echo of the loud one."""
    heard = quiet[start:stop].astype(np.float64)
    source = np.zeros(LATEST + len(heard) + EARLIEST)
    given = loud[max(0, start - LATEST) : stop + EARLIEST]
    at = max(0, LATEST - start)
    source[at : at + len(given)] = given
    if len(heard) < 2 * SEGMENT or not heard.any() or not source.any():
        return True
    # Where the source lies best under what is heard: the peak of their correlation, by FFT.
    size = 1 << (len(source) + len(heard)).bit_length()
    products = np.fft.rfft(source, size) * np.conj(np.fft.rfft(heard, size))
    best = int(np.argmax(np.abs(np.fft.irfft(products, size))[: LATEST + EARLIEST + 1]))
    return _explained(heard, source[best : best + len(heard)]) >= ECHO


def _explained(heard: NDArray[np.float64], source: NDArray[np.float64]) -> float:
    """The share of the power of what is heard that a linear path from the source explains."""
    there, here = _spectra(source), _spectra(heard)
    across = np.abs((np.conj(there) * here).sum(axis=0)) ** 2
    given = (np.abs(there) ** 2).sum(axis=0)
    explained = np.divide(across, given, out=np.zeros_like(across), where=given > 0).sum()
    return float(explained / max((np.abs(here) ** 2).sum(), 1e-9))


def _spectra(signal: NDArray[np.float64]) -> NDArray[np.complex128]:
    starts = np.arange(0, len(signal) - SEGMENT + 1, HOP)
    frames = signal[starts[:, None] + np.arange(SEGMENT)]
    spectra: NDArray[np.complex128] = np.fft.rfft(frames * np.hanning(SEGMENT), axis=1)
    return spectra
