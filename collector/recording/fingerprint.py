"""Acoustic fingerprints: the same recording is found again, encoded anew or cut.

The method is that of Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR
2002): a 32-bit word per frame, each bit the sign of a difference of energies between neighbouring
bands and frames. Own code: Chromaprint describes music by its chords, and needs a program beside
Python; this is forty lines.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import SAMPLE_RATE, Samples

Fingerprint = npt.NDArray[np.uint32]

_FRAME: Final = 4096
"""0.26 s; frames overlap by seven eighths, so that it matters little where a cut falls."""
_HOP: Final = 512
_BANDS: Final = 33
_LOW_HZ: Final = 300.0
_HIGH_HZ: Final = 2000.0
_SILENT_DB: Final = 50.0
_MIN_FRAMES: Final = 20
MAX_BIT_ERRORS: Final = 0.3
"""Share of differing bits under which two recordings are one. Unrelated ones differ in a half."""


def compute_fingerprint(samples: Samples) -> Fingerprint:
    """The fingerprint of a recording, uint32 [frames]; frames without sound are 0.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1].
    """
    if len(samples) < _FRAME + _HOP:
        return np.zeros(0, dtype=np.uint32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FRAME).astype(np.float32))) ** 2
    edges_hz = np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1)
    edges = np.rint(edges_hz * _FRAME / SAMPLE_RATE).astype(int)
    energies = np.add.reduceat(spectrum, edges, axis=1)[:, :-1]
    between_bands = energies[:, :-1] - energies[:, 1:]
    bits = np.diff(between_bands, axis=0) > 0
    words: Fingerprint = (bits << np.arange(_BANDS - 1, dtype=np.uint32)).sum(1, dtype=np.uint32)
    loudness = energies.sum(1)[1:]
    words[loudness <= loudness.max() * 10 ** (-_SILENT_DB / 10)] = 0
    return words


def measure_bit_errors(one: Fingerprint, other: Fingerprint) -> float:
    """Smallest share of differing bits over all ways to lay one over the other.

    At least half of the shorter one lies over the longer one, and at least 20 frames do.

    Returns:
        In [0, 1]; 1 where they are too short to be compared.
    """
    short, long = sorted((one, other), key=len)
    least = max(_MIN_FRAMES, len(short) // 2)
    best = 1.0
    for shift in range(least - len(short), len(long) - least + 1):
        a = short[max(0, -shift) : len(long) - shift]
        b = long[max(0, shift) : max(0, shift) + len(a)]
        sounding = (a != 0) & (b != 0)
        if sounding.sum() >= least:
            differing = np.bitwise_count(a[sounding] ^ b[sounding]).mean() / (_BANDS - 1)
            best = min(best, float(differing))
    return best
