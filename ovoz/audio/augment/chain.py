"""All distortions in the order in which the world applies them."""

import numpy as np

from ovoz.audio.augment.channel import change_gain, change_speed, telephone_band
from ovoz.audio.augment.codec import through_codec
from ovoz.audio.augment.config import AugmentConfig
from ovoz.audio.augment.noise import Noise, Voices, add_noise, make_noise
from ovoz.audio.augment.room import add_room
from ovoz.audio.signal import Samples


def augment(
    samples: Samples,
    config: AugmentConfig,
    rng: np.random.Generator,
    voices: Voices = (),
) -> Samples:
    """Distort a signal; the same generator state gives the same result.

    The order is that of the world: the voice, the room, the noise in it, the line, the recorder.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1].
        config: Shares and limits.
        rng: Source of every decision.
        voices: Other utterances that babble is made of; without them there is none.

    Returns:
        float32 [T'] at 16 kHz in [-1, 1]; T' differs from T when the speed was changed.
    """
    if len(samples) == 0:
        return samples
    # All decisions are drawn first, so that one share can change and the others' luck stays.
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
        samples = add_room(samples, rng.uniform(*config.reverberation_s), rng)
    if noise:
        samples = _noisy(samples, config, rng, voices)
    if telephone:
        samples = telephone_band(samples)
    if gain:
        samples = change_gain(samples, rng.uniform(*config.gain_db))
    if codec and config.codecs:
        samples = through_codec(samples, config.codecs[rng.integers(len(config.codecs))])
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def _noisy(
    samples: Samples, config: AugmentConfig, rng: np.random.Generator, voices: Voices
) -> Samples:
    kinds = [kind for kind in config.noises if len(voices) or kind is not Noise.BABBLE]
    if not kinds:
        return samples
    noise = make_noise(kinds[rng.integers(len(kinds))], len(samples), rng, voices)
    return add_noise(samples, noise, rng.uniform(*config.snr_db))
