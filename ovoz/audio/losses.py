"""What of a recording could not be decoded, and where."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ovoz.audio.signal import Seconds

_NEAR_S: Final = 0.5
"""Losses with less sound than this between them are reported as one."""
_MOST: Final = 20
"""Losses behind this many are reported as one."""


class LossKind(StrEnum):
    """Why sound is missing."""

    DAMAGED = "damaged"
    """It could not be decoded."""
    MISSING = "missing"
    """The container's clock goes on, and nothing is stored."""
    NOT_FINITE = "not-finite"
    """Its samples are not numbers."""
    CUT_OFF = "cut-off"
    """The file ends before the length that it states."""


_SENTENCES: Final = {
    LossKind.DAMAGED: "the sound from {} to {} s is damaged, and read as silence",
    LossKind.MISSING: "no sound is stored from {} to {} s, which is read as silence",
    LossKind.NOT_FINITE: "samples from {} to {} s are no numbers, and read as silence",
    LossKind.CUT_OFF: "the file ends at {} of {} s",
}


@dataclass(slots=True)
class Loss:
    """Sound that is missing from ``start_s`` to ``end_s``."""

    kind: LossKind
    start_s: Seconds
    end_s: Seconds

    def __str__(self) -> str:
        """One sentence."""
        return _SENTENCES[self.kind].format(f"{self.start_s:.2f}", f"{self.end_s:.2f}")


@dataclass(slots=True)
class Losses:
    """The losses of one recording, in their order, filled while it is decoded.

    ``lost_s`` is their length together, ``end_s`` the part of it behind the last sound.
    """

    listed: list[Loss] = field(default_factory=list)
    lost_s: Seconds = 0.0
    end_s: Seconds = 0.0

    def add(
        self, kind: LossKind, start_s: Seconds, length_s: Seconds, *, counts: bool = True
    ) -> None:
        """Add a loss; without ``counts`` nothing is lost there, the recording has a pause."""
        self.lost_s += length_s if counts else 0.0
        last = self.listed[-1] if self.listed else None
        near = last is not None and last.kind is kind and start_s - last.end_s < _NEAR_S
        if last is not None and (near or len(self.listed) >= _MOST):
            last.end_s = max(last.end_s, start_s + length_s)
        else:
            self.listed.append(Loss(kind, start_s, start_s + length_s))

    def add_end(self, decoded_s: Seconds, length_s: Seconds) -> None:
        """Add what is missing behind the last sound, for which there is no silence."""
        if length_s:
            self.add(LossKind.CUT_OFF, decoded_s, length_s)
            self.end_s = length_s

    def share_of(self, decoded_s: Seconds) -> float:
        """The share that is lost of all that there was; silence counts as decoded."""
        return self.lost_s / (decoded_s + self.end_s)
