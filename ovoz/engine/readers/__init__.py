"""Readers: from signals to words on frames, by one or both heads of a network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import Timings

AllowedLetters = Callable[[str], bool]
"""Whether a letter may be written. Readers remember what they asked of the same object."""


@dataclass(frozen=True, slots=True)
class DecodedSignal:
    """Words of one signal on the frames of the network's output."""

    words: Sequence[DecodedWord]
    timings: Timings


class Reader(Protocol):
    """Reads words in signals; may be used from several threads at once."""

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per frame."""
        ...

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """Words of every signal; arguments and errors are those of ``Engine.transcribe``."""
        ...
