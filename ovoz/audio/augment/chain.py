"""The augmentation chain: random distortions in a fixed order."""

from typing import Final

import numpy as np

from ovoz.audio.augment.channel import apply_telephone_band, change_gain, change_speed
from ovoz.audio.augment.codec import apply_codec
from ovoz.audio.augment.config import AugmentConfig
from ovoz.audio.augment.noise import BabbleVoices, Noise, add_noise, make_noise
from ovoz.audio.augment.recorded import RecordedSounds, add_recorded_room, draw_noise
from ovoz.audio.augment.reverberation import add_reverberation
from ovoz.audio.signal import Samples

_NOTHING: Final = RecordedSounds()


def augment(
    samples: Samples,
    config: AugmentConfig,
    rng: np.random.Generator,
    voices: BabbleVoices = (),
    recorded: RecordedSounds = _NOTHING,
) -> Samples:
    """Distort a signal; equal generator states give equal results.

    The order is that of a recording: voice, room, noise in the room, line, recorder.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1].
        config: Shares and limits.
        rng: Source of every decision.
        voices: Other utterances to make babble of; without them there is no babble.
        recorded: Recordings of noise and rooms; without them both are synthetic.

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
        samples = _add_random_room(samples, config, rng, recorded)
    if noise:
        samples = _add_random_noise(samples, config, rng, voices, recorded)
    if telephone:
        samples = apply_telephone_band(samples)
    if gain:
        samples = change_gain(samples, rng.uniform(*config.gain_db))
    if codec and config.codecs:
        samples = apply_codec(samples, config.codecs[rng.integers(len(config.codecs))])
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def _add_random_room(
    samples: Samples, config: AugmentConfig, rng: np.random.Generator, recorded: RecordedSounds
) -> Samples:
    # No number is drawn without recordings: older runs keep their random sequence.
    if len(recorded.rooms) and rng.random() < config.recorded_room_share:
        return add_recorded_room(samples, recorded.rooms[int(rng.integers(len(recorded.rooms)))])
    return add_reverberation(samples, rng.uniform(*config.reverberation_s), rng)


def _add_random_noise(
    samples: Samples,
    config: AugmentConfig,
    rng: np.random.Generator,
    voices: BabbleVoices,
    recorded: RecordedSounds,
) -> Samples:
    if len(recorded.noise) and rng.random() < config.recorded_noise_share:
        noise = draw_noise(recorded.noise, len(samples), rng)
        return add_noise(samples, noise, rng.uniform(*config.snr_db))
    kinds = [kind for kind in config.noises if len(voices) or kind is not Noise.BABBLE]
    if not kinds:
        return samples
    noise = make_noise(kinds[rng.integers(len(kinds))], len(samples), rng, voices)
    return add_noise(samples, noise, rng.uniform(*config.snr_db))
