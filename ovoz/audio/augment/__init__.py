"""Augmentation: the rooms, noises, telephones and codecs that a clean recording has not met."""

from ovoz.audio.augment.chain import augment
from ovoz.audio.augment.channel import change_gain, change_speed, telephone_band
from ovoz.audio.augment.codec import Codec, through_codec
from ovoz.audio.augment.config import AugmentConfig
from ovoz.audio.augment.noise import Noise, Voices, add_noise, make_noise
from ovoz.audio.augment.room import add_room

__all__ = [
    "AugmentConfig",
    "Codec",
    "Noise",
    "Voices",
    "add_noise",
    "add_room",
    "augment",
    "change_gain",
    "change_speed",
    "make_noise",
    "telephone_band",
    "through_codec",
]
