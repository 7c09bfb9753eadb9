"""Settings of augmentation: shares and ranges."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ovoz.audio.augment.codec import Codec
from ovoz.audio.augment.noise import Noise


def _check_order(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError(f"the lower limit {limits[0]:g} is above the upper one {limits[1]:g}")
    return limits


Share = Annotated[float, Field(ge=0, le=1)]
Range = Annotated[tuple[float, float], AfterValidator(_check_order)]
Factor = Annotated[float, Field(ge=0.5, le=2)]
EchoSeconds = Annotated[float, Field(ge=0.02, le=3)]


class AugmentConfig(BaseModel):
    """Share of the signals that get each distortion, in [0, 1], and its range.

    ``speed`` is a factor (1.1: faster and higher), ``snr_db`` the level of speech over noise,
    ``gain_db`` a change of level, ``reverberation_s`` the time in which the echo of a room falls by
    60 dB (RT60). One of ``noises`` and one of ``codecs`` is drawn at a time. Babble is off unless
    listed. Where there are recordings of noise or of rooms, ``recorded_noise_share`` of the noises
    and ``recorded_room_share`` of the rooms are recorded ones, the others synthetic.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    speed_share: Share = 0.3
    speed: Annotated[tuple[Factor, Factor], AfterValidator(_check_order)] = (0.9, 1.1)
    room_share: Share = 0.3
    reverberation_s: Annotated[tuple[EchoSeconds, EchoSeconds], AfterValidator(_check_order)] = (
        0.1,
        0.5,
    )
    recorded_room_share: Share = 0.5
    noise_share: Share = 0.6
    noises: tuple[Noise, ...] = (Noise.WHITE, Noise.PINK, Noise.BROWN, Noise.HUM)
    recorded_noise_share: Share = 0.5
    snr_db: Range = (8.0, 25.0)
    telephone_share: Share = 0.15
    codec_share: Share = 0.15
    codecs: tuple[Codec, ...] = tuple(Codec)
    gain_share: Share = 0.5
    gain_db: Range = (-12.0, 6.0)
