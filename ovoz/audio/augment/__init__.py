"""Augmentation of clean recordings: speed, room, noise, telephone band, codec, gain.

Own code rather than audiomentations or torch-audiomentations: a draw must give the same samples in
every process and after a resume (all randomness comes from one numpy generator), noise must have
exactly the level that a test condition names, and the codecs are real encoders, which PyAV and
libsndfile already bring. Noise and rooms are synthetic, so no corpus of them has to be fetched;
recorded ones take a share of the draws where there are any.
"""

from ovoz.audio.augment.chain import augment
from ovoz.audio.augment.channel import apply_telephone_band, change_gain, change_speed
from ovoz.audio.augment.codec import Codec, apply_codec
from ovoz.audio.augment.config import AugmentConfig
from ovoz.audio.augment.noise import BabbleVoices, Noise, add_noise, make_noise
from ovoz.audio.augment.recorded import RecordedSounds, StoredSamples, draw_noise, store_samples
from ovoz.audio.augment.reverberation import add_reverberation

__all__ = [
    "AugmentConfig",
    "BabbleVoices",
    "Codec",
    "Noise",
    "RecordedSounds",
    "StoredSamples",
    "add_noise",
    "add_reverberation",
    "apply_codec",
    "apply_telephone_band",
    "augment",
    "change_gain",
    "change_speed",
    "draw_noise",
    "make_noise",
    "store_samples",
]
