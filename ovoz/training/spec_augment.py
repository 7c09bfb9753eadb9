"""SpecAugment: masks and frequency warps of log-mel features in training."""

import numpy as np

from ovoz.model.features import Features
from ovoz.training.config import SpecAugmentConfig


def apply_spec_augment(
    features: Features, config: SpecAugmentConfig, rng: np.random.Generator
) -> Features:
    """A warped and masked copy of ``features`` [n_mels, F]; masks hold the mean of the rest."""
    bands, frames = features.shape
    distorted = _warp(features, config.warp, rng) if config.warp else features.copy()
    fill = distorted.mean()
    for _ in range(config.frequency_masks):
        start, width = draw_mask(bands, config.frequency_width, rng)
        distorted[start : start + width] = fill
    for _ in range(config.time_masks):
        start, width = draw_mask(frames, int(config.time_share * frames), rng)
        distorted[:, start : start + width] = fill
    return distorted


def draw_mask(size: int, largest: int, rng: np.random.Generator) -> tuple[int, int]:
    """Start and width of a random mask within ``size``, at most ``largest`` wide."""
    width = int(rng.integers(0, min(largest, size) + 1))
    return int(rng.integers(0, size - width + 1)), width


def _warp(features: Features, largest: float, rng: np.random.Generator) -> Features:
    """Stretch the frequency axis by a random factor, interpolating linearly between bands."""
    bands = features.shape[0]
    source = np.clip(np.arange(bands) * rng.uniform(1 - largest, 1 + largest), 0, bands - 1)
    lower = np.floor(source).astype(int)
    upper = np.minimum(lower + 1, bands - 1)
    share = (source - lower).astype(np.float32)[:, None]
    warped: Features = features[lower] * (1 - share) + features[upper] * share
    return warped
