"""How many speakers a recording has, as a caller says it, and how they are told apart."""

import re
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.signal import Seconds

MOST_SPEAKERS: Final = 20
"""More are not told apart by their voices alone."""
_USUAL: Final = 8
_COUNT: Final = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")


class SpeakerCount(BaseModel):
    """How many speakers are looked for: a number where ``least`` is ``most``, else found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: int = Field(default=1, ge=1, le=MOST_SPEAKERS)
    most: int = Field(default=_USUAL, ge=1, le=MOST_SPEAKERS)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"at least {self.least} speakers and at most {self.most}")
        return self

    def __str__(self) -> str:
        """The text that :meth:`parse` reads."""
        return str(self.most) if self.least == self.most else f"{self.least}-{self.most}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The count of ``auto``, a number such as ``3``, or bounds such as ``2-4``.

        Raises:
            ValueError: It is none of these, or out of range.
        """
        if text.strip().lower() == "auto":
            return cls()
        found = _COUNT.fullmatch(text.strip())
        least = int(found[1]) if found else 0
        most = int(found[2] or found[1]) if found else 0
        if not 1 <= least <= most <= MOST_SPEAKERS:
            told = f"auto, a number from 1 to {MOST_SPEAKERS}, or bounds such as 2-4"
            raise ValueError(f"speakers: {text[:40]!r} is none of {told}")
        return cls(least=least, most=most)


class DiarizationConfig(BaseModel):
    """How a recording is divided and clustered; tuned on dev dialogues of `benchmarks`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_s: Seconds = Field(default=1.6, ge=0.5, le=10)
    """Speech behind one embedding; Resemblyzer was trained on 1.6 s."""
    hop_s: Seconds = Field(default=0.8, ge=0.1, le=10)
    """From one embedding to the next: how finely speakers change."""
    one_speaker: float = Field(default=0.9, ge=-1, le=1)
    """Two groups of voices whose means are more alike than this cosine are one speaker.

    It depends on the encoder; only used where one speaker is allowed.
    """
    smallest_s: Seconds = Field(default=2.4, ge=0)
    """A speaker whose number is not given speaks at least this long."""
    clustered: int = Field(default=2_000, ge=10, le=10_000)
    """Embeddings that are compared with each other; of a longer recording as many, spread evenly.

    Memory and time of the comparison grow with its square, whatever the length of the recording.
    """
