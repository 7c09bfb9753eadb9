"""The settings of diarization: who speaks in a recording of one channel."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from ovoz.serving.settings_group import read_from
from ovoz.speakers.config import MOST_SPEAKERS, DiarizationConfig


class SpeakerSettings(BaseSettings):
    """The speaker encoder, and how many speakers are told apart."""

    model_config = read_from("OVOZ_SPEAKERS_")

    encoder: Path | None = Field(
        default=None,
        description="a speaker encoder in ONNX ([speakers](speakers.md)); without it `speakers` is"
        " refused",
    )
    most: int = Field(
        default=8,
        ge=1,
        le=MOST_SPEAKERS,
        description="speakers that a recording is taken to have at most",
    )
    one_speaker: float = Field(
        default=DiarizationConfig().one_speaker,
        ge=-1,
        le=1,
        description="the cosine of two groups of voices above which they are one speaker's;"
        " depends on the encoder",
    )
