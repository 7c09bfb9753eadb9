"""The acoustic front end: signals cut into windows, and the features of a window."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.engine.windows import SHORTEST_S, cut
from ovoz.model.features import Features, LogMel, LogMelConfig

DEFAULT_WINDOW_S: Final = 15.0
"""Longest audio read at once unless the model says otherwise."""


def signal_itself(samples: Samples) -> Features:
    """A signal as the one row of features that some networks read, float32 [1, T]."""
    return samples[None].astype(np.float32, copy=False)


class Frontend:
    """Prepares signals for one network.

    Args:
        features: Shape of the features that the network reads; None for the signal itself.
        frame_s: Seconds of audio per frame of the network's output.
        window_s: Longest audio that the network reads at once.

    Attributes:
        longest: Samples of the longest window.
    """

    def __init__(
        self, features: LogMelConfig | None, *, frame_s: Seconds, window_s: Seconds
    ) -> None:
        self.frame_s = frame_s
        self.features: Callable[[Samples], Features] = (
            signal_itself if features is None else LogMel(features)
        )
        self._step = round(frame_s * SAMPLE_RATE)
        # Whole frames, and at least one.
        frames = round(window_s * SAMPLE_RATE) // self._step
        self.longest = max(1, frames) * self._step

    def windows(self, batch: Sequence[Samples]) -> list[list[Samples]]:
        """Windows of every signal, float32 [T] at 16 kHz in [-1, 1].

        Signals under 0.1 s are too short for a word and have none.

        Raises:
            ValueError: A signal is not one-dimensional, not floating point, or holds NaN or
                infinite samples; the message gives its place in the batch.
        """
        for place, samples in enumerate(batch):
            if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
                raise ValueError(
                    f"signal {place} of the batch is {samples.dtype} {list(samples.shape)}:"
                    " expected mono float32 [T] in [-1, 1]"
                )
            if not np.isfinite(samples).all():
                raise ValueError(f"signal {place} of the batch holds NaN or infinite samples")
        return [
            cut(samples, longest=self.longest, step=self._step)
            if len(samples) >= SHORTEST_S * SAMPLE_RATE
            else []
            for samples in batch
        ]

    def frames(self, window: Samples) -> int:
        """Whole frames of the network's output in a window."""
        return len(window) // self._step
