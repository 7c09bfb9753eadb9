"""Emissions: the log-probabilities as a beam search takes them."""

from typing import Final

import numpy as np

from ovoz.decoding.ctc_path import LogProbs
from ovoz.text.symbols import BLANK

NEVER: Final = -1e4
"""Replaces a log-probability of minus infinity, which would turn the sums of a search into NaN."""


def prepare_emissions(
    log_probs: LogProbs, separator: int, floor: float | None, *, closing_frames: int = 0
) -> LogProbs:
    """Copy ``log_probs`` [T, V] for a search, as float32 [T + ``closing_frames``, V].

    The separator is raised to ``floor`` (in nats, at most 0) relative to the blank of its frame,
    unless ``floor`` is None. The closing frames hold only the separator, which ends the last word.
    """
    frames, width = log_probs.shape
    emissions = np.full((frames + closing_frames, width), NEVER, np.float32)
    np.maximum(log_probs, NEVER, out=emissions[:frames])
    spaces = emissions[:, separator]
    if floor is not None:
        np.maximum(spaces, emissions[:, BLANK] + floor, out=spaces)
    spaces[frames:] = 0.0
    return emissions
