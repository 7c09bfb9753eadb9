"""How a canary is tried, and what follows: a part of the registry's policy."""

import math
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.signal import Seconds
from ovoz.canary.outcomes import Measure

_FEWEST: Final = 1
_LARGEST_BLOCK: Final = 10


class Mode(StrEnum):
    """Who is answered by the canary."""

    SPLIT = "split"
    """A share of the callers, always the same ones."""
    SHADOW = "shadow"
    """Nobody: it reads a share of the requests once more, behind the answer."""
    OFF = "off"


class Decision(StrEnum):
    """What is to be done with a canary."""

    UNDECIDED = "undecided"
    PROMOTE = "promote"
    ROLL_BACK = "roll-back"


class CanaryPolicy(BaseModel):
    """How a canary is tried beside the version that holds ``against``.

    Attributes:
        alias: The alias of canaries.
        against: The alias that it is compared with.
        mode: Who is answered by it.
        share: Share of the callers (``split``) or of the requests (``shadow``).
        alpha: Greatest probability that a canary that is not worse than the margins is rolled back,
            and that one which is worse than one of them is promoted on evidence.
        margins: How much worse each measure may be, as a difference of shares.
        slow_s: Seconds that the model may take; in proportion for recordings of more than 30 s.
        unsure_below: Confidence of a transcript, in [0, 1].
        minimum_requests: Requests of the canary before it is promoted.
        maximum_requests: Requests after which ``at_maximum`` is done.
        promotes: Measures that must be shown to be within their margins.
        rolls_back: Measures of which one that is shown to exceed its margin is enough.
        at_maximum: What is done when nothing was shown by then.
        probe_every_s: Seconds between two probe clips; 0 asks none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alias: str
    against: str
    mode: Mode = Mode.SPLIT
    share: float = Field(default=0.1, gt=0, lt=1)
    alpha: float = Field(default=0.01, gt=0, lt=1)
    margins: dict[Measure, float] = Field(min_length=_FEWEST)
    slow_s: Seconds = Field(default=1.0, gt=0)
    unsure_below: float = Field(default=0.5, ge=0, le=1)
    minimum_requests: int = Field(default=500, ge=_FEWEST)
    maximum_requests: int = Field(default=20_000, ge=_FEWEST)
    promotes: tuple[Measure, ...] = Field(min_length=_FEWEST)
    rolls_back: tuple[Measure, ...] = Field(min_length=_FEWEST)
    at_maximum: Decision = Decision.UNDECIDED
    probe_every_s: Seconds = Field(default=5.0, ge=0)

    @model_validator(mode="after")
    def _can_be_tested(self) -> Self:
        for measure in {*self.promotes, *self.rolls_back}:
            if not 0 < self.margins.get(measure, 0) < 1:
                raise ValueError(f"margins: {measure} needs one between 0 and 1")
        if Measure.LANGUAGE_MIX in self.promotes:
            raise ValueError(
                "promotes: language_mix can show that two versions differ, never that they do not"
            )
        if self.maximum_requests < self.minimum_requests:
            raise ValueError("maximum_requests: less than minimum_requests")
        return self

    @property
    def log_to_roll_back(self) -> float:
        """Natural logarithm of the e-value that shows a measure to exceed its margin.

        One of several is enough, so each has its part of alpha (Bonferroni).
        """
        return math.log(len(self.rolls_back) / self.alpha)

    @property
    def log_to_promote(self) -> float:
        """The same for a measure within its margin.

        All of them must be shown, so each has the whole alpha (an intersection-union test).
        """
        return math.log(1 / self.alpha)

    @property
    def block(self) -> int:
        """Outcomes of production that one of the canary is compared with."""
        if self.mode is Mode.SHADOW:
            return 1
        return max(1, min(_LARGEST_BLOCK, int((1 - self.share) / self.share)))

    def longest_s(self, audio_s: Seconds) -> Seconds:
        """Seconds that the model may take for a recording."""
        return self.slow_s * max(1.0, audio_s / 30)
