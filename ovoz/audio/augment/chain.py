"""The augmentation chain: random distortions in a fixed order."""

import numpy as np

from ovoz.audio.augment.channel import apply_telephone_band, change_gain, change_speed
from ovoz.audio.augment.codec import apply_codec
from ovoz.audio.augment.config import AugmentConfig
from ovoz.audio.augment.noise import BabbleVoices, Noise, add_noise, make_noise
from ovoz.audio.augment.reverberation import add_reverberation
from ovoz.audio.signal import Samples


def augment(
    samples: Samples,
    config: AugmentConfig,
    rng: np.random.Generator,
    voices: BabbleVoices = (),
) -> Samples:
    """Distort a signal; equal generator states give equal results.

    The order is that of a recording: voice, room, noise in the room, line, recorder.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1].
        config: Shares and limits.
        rng: Source of every decision.
        voices: Other utterances to make babble of; without them there is no babble.

    Returns:
        float32 [T'] at 16 kHz in [-1, 1]; T' differs from T when the speed was changed.
    """
    if len(samples) == 0:
        return samples
    # All decisions are drawn first, so that changing one share leaves the others' draws alone.
    speed, room, noise, telephone, codec, gain = rng.random(6) < (
        config.speed_share,
        config.room_share,
        config.noise_share,
        config.telephone_share,
        config.codec_share,
        config.gain_share,
    )
    if speed:
        samples = change_speed(samples, rng.uniform(*config.speed))
    if room:
        samples = add_reverberation(samples, rng.uniform(*config.reverberation_s), rng)
    if noise:
        samples = _add_random_noise(samples, config, rng, voices)
    if telephone:
        samples = apply_telephone_band(samples)
    if gain:
        samples = change_gain(samples, rng.uniform(*config.gain_db))
    if codec and config.codecs:
        samples = apply_codec(samples, config.codecs[rng.integers(len(config.codecs))])
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def _add_random_noise(
    samples: Samples, config: AugmentConfig, rng: np.random.Generator, voices: BabbleVoices
) -> Samples:
    kinds = [kind for kind in config.noises if len(voices) or kind is not Noise.BABBLE]
    if not kinds:
        return samples
    noise = make_noise(kinds[rng.integers(len(kinds))], len(samples), rng, voices)
    return add_noise(samples, noise, rng.uniform(*config.snr_db))
