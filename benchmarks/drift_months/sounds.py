"""Changes of sound that traffic may undergo."""

from collections.abc import Callable
from typing import Final

import numpy as np
import soxr

from ovoz.audio.augment.channel import apply_telephone_band, change_gain
from ovoz.audio.augment.codec import Codec, apply_codec
from ovoz.audio.augment.noise import Noise, add_noise, make_noise
from ovoz.audio.measures import measure
from ovoz.audio.signal import SAMPLE_RATE, Samples

Random = np.random.Generator


def louder_noise(samples: Samples, random: Random) -> Samples:
    """Noise 10 dB above what there is: what lies under the speech is taken for noise."""
    found_db = measure(samples).snr_db
    return add_noise(samples, make_noise(Noise.PINK, len(samples), random), max(found_db - 10, 0))


def upsampled(samples: Samples) -> Samples:
    """To 8 kHz and back, without the filter of a telephone."""
    narrow = soxr.resample(samples, SAMPLE_RATE, 8_000)
    result: Samples = soxr.resample(narrow, 8_000, SAMPLE_RATE)
    return result


def broken(samples: Samples, random: Random) -> Samples:
    """A codec that loses a fifth of its 20 ms packets."""
    coded = apply_codec(samples, Codec.GSM).copy()
    for start in range(0, len(coded), 320):
        if random.random() < 0.2:
            coded[start : start + 320] = 0
    return coded


SOUNDS: Final[dict[str, Callable[[Samples, Random], Samples]]] = {
    "telephone band": lambda samples, _: apply_telephone_band(samples),
    "noise +10 dB": louder_noise,
    "clipping microphone": lambda samples, _: change_gain(samples, 20),
    "8 kHz upsampled": lambda samples, _: upsampled(samples),
    "a broken codec": broken,
}
