"""Batch planning: which utterances go into which batch, decided before the first step."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from torch.utils.data import Sampler


@dataclass(frozen=True, slots=True)
class UtteranceDraw:
    """One use of an utterance: its index and the pass over the data, both counted from 0."""

    index: int
    epoch: int


def plan_batches(
    frames: Sequence[int],
    weights: Sequence[float],
    batches: int | None,
    batch_frames: int,
    seed: int,
    *,
    epochs: float = math.inf,
    shortest_first: bool = False,
) -> list[list[UtteranceDraw]]:
    """Plan ``batches`` batches, or ``epochs`` passes, of utterances of similar length.

    The padded size of a batch (rows times the longest row) stays within ``batch_frames``; a longer
    utterance gets a batch of its own. In each pass an utterance of weight w is drawn floor(w)
    times, and once more with the probability of the remainder. The plan depends on the arguments
    alone, so a resumed run sees the same data.

    Args:
        frames: Feature frames of each utterance.
        weights: Expected draws of each utterance in one pass.
        batches: Number of batches; None for as many as the passes give.
        batch_frames: Largest padded size of a batch, in feature frames.
        seed: Seed of the order.
        epochs: Number of passes; a fraction takes the first batches of a pass.
        shortest_first: Whether the first pass goes from short to long.

    Raises:
        ValueError: No utterance has a positive weight, or neither batches nor epochs are given.
    """
    if batches is None and math.isinf(epochs):
        raise ValueError("give the number of batches or of epochs")
    if not any(weight > 0 for weight in weights):
        raise ValueError("no utterance to train on: the stage gives every one the weight 0")
    plan: list[list[UtteranceDraw]] = []
    for epoch in takewhile(lambda epoch: epoch < epochs, count()):
        if batches is not None and len(plan) >= batches:
            break
        rng = np.random.default_rng([seed, epoch])
        of_pass = _plan_pass(np.asarray(frames), np.asarray(weights), batch_frames, epoch, rng)
        if shortest_first and epoch == 0:
            of_pass.sort(key=lambda batch: max(frames[draw.index] for draw in batch))
        taken = math.ceil(len(of_pass) * min(1.0, epochs - epoch))
        plan.extend(of_pass[:taken])
    return plan[:batches]


def _plan_pass(
    frames: np.ndarray, weights: np.ndarray, batch_frames: int, epoch: int, rng: np.random.Generator
) -> list[list[UtteranceDraw]]:
    """Batches of one pass over the data, in random order."""
    copies = np.floor(weights + rng.random(len(weights))).astype(int)
    drawn = rng.permutation(np.repeat(np.arange(len(frames)), copies))
    # Noise on the lengths varies the neighbours from pass to pass and adds little padding.
    order = np.argsort(frames[drawn] * rng.uniform(0.95, 1.05, len(drawn)), kind="stable")
    batches: list[list[UtteranceDraw]] = []
    longest = 0
    for index in drawn[order].tolist():
        longest = max(longest, int(frames[index])) if batches else int(frames[index])
        if not batches or longest * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
            longest = int(frames[index])
        batches[-1].append(UtteranceDraw(index, epoch))
    return [batches[number] for number in rng.permutation(len(batches))]


def batch_by_length(columns: Sequence[int], batch_frames: int) -> list[list[int]]:
    """Row numbers in batches of like length, of at most ``batch_frames`` padded columns each."""
    batches: list[list[int]] = []
    for row in sorted(range(len(columns)), key=lambda row: columns[row]):
        if not batches or columns[row] * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
        batches[-1].append(row)
    return batches


class PlannedBatchSampler(Sampler[list[UtteranceDraw]]):
    """A batch sampler that follows a plan."""

    def __init__(self, batches: list[list[UtteranceDraw]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[list[UtteranceDraw]]:
        return iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)
