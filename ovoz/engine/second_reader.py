"""Settings of a second reader: a released Whisper that reads one language again."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import Seconds
from ovoz.model.features import LogMelConfig
from ovoz.text.language import Language

SECOND_READER_DIR: Final = "second"
"""Folder of its files in an artifact."""


class _Rule(BaseModel):
    """When the second reader is asked, and when its text is taken.

    Attributes:
        language: It reads recordings in which the model itself hears no other language.
        unless_sure: A recording whose words have at least this mean confidence is not read again.
        least_score: Its text is dropped where it fits the sound worse than this (mean
            log-probability per frame of the CTC head's alignment, in nats): Whisper invents text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language = Language.RUSSIAN
    unless_sure: float = Field(default=0.95, gt=0, le=1)
    least_score: float = Field(default=-1.2, le=0)


class SecondReaderConfig(_Rule):
    """A second reader as a profile asks for it.

    Attributes:
        base_model: Hub name or folder of a Whisper checkpoint, which is used as it is.
    """

    base_model: str


class SecondReaderDescription(_Rule):
    """A second reader as an artifact holds it.

    Attributes:
        base_model: Last part of the checkpoint's name.
        features: Shape of the features that it reads.
        window_s: Audio that it reads at once; shorter audio is padded with silence.
        max_tokens: Most tokens per window, prompt and end included.
        suppressed: Tokens that it must not write, such as notes.
    """

    base_model: str
    features: LogMelConfig
    window_s: Seconds = Field(gt=0)
    max_tokens: int = Field(ge=8)
    suppressed: tuple[int, ...] = ()
