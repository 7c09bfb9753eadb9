"""What a beam search is shown of the network's log-probabilities."""

from typing import Final

import numpy as np

from ovoz.decoding.words import BLANK, LogProbs

NEVER: Final = -1e4
"""Stands for a log-probability of minus infinity, which would turn a search's sums into NaN."""


def floored(
    log_probs: LogProbs, separator: int, floor: float | None, *, closing_frames: int = 0
) -> LogProbs:
    """A copy of ``log_probs`` [T, V] for the search, float32 [T + ``closing_frames``, V].

    The separator is at least ``floor`` below the blank of its frame (``None``: as the network
    says); the closing frames hold nothing but the separator, so that the last word is closed.
    """
    frames, width = log_probs.shape
    emissions = np.full((frames + closing_frames, width), NEVER, np.float32)
    np.maximum(log_probs, NEVER, out=emissions[:frames])
    spaces = emissions[:, separator]
    if floor is not None:
        np.maximum(spaces, emissions[:, BLANK] + floor, out=spaces)
    spaces[frames:] = 0.0
    return emissions
