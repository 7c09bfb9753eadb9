"""Which utterances go together, and in which order: all of it known before the first step."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from torch.utils.data import Sampler


@dataclass(frozen=True, slots=True)
class Draw:
    """One use of an utterance: its index and the pass over the data (both from 0)."""

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
) -> list[list[Draw]]:
    """Plan batches of utterances of similar length: ``batches`` of them, or ``epochs`` passes.

    A batch's padded size (rows times the longest row) stays within ``batch_frames``; only an
    utterance longer than that gets a batch of its own and exceeds it. In each pass an utterance
    of weight w is drawn floor(w) times, and once more with the probability of the remainder.
    The plan depends on the arguments alone, so a resumed run sees the same data.

    Args:
        frames: Feature frames of each utterance.
        weights: Expected draws of each utterance in one pass.
        batches: Batches wanted; None for as many as the passes give.
        batch_frames: Largest padded size of a batch, in feature frames.
        seed: Seed of the order.
        epochs: Passes wanted; of a fraction of a pass the first batches are taken.
        shortest_first: Whether the first pass goes from short to long.

    Raises:
        ValueError: No utterance has a positive weight, or neither batches nor epochs are given.
    """
    if batches is None and math.isinf(epochs):
        raise ValueError("give the number of batches or of epochs")
    if not any(weight > 0 for weight in weights):
        raise ValueError("no utterance to train on: the stage gives every one the weight 0")
    plan: list[list[Draw]] = []
    for epoch in takewhile(lambda epoch: epoch < epochs, count()):
        if batches is not None and len(plan) >= batches:
            break
        rng = np.random.default_rng([seed, epoch])
        one = _pass(np.asarray(frames), np.asarray(weights), batch_frames, epoch, rng)
        if shortest_first and epoch == 0:
            one.sort(key=lambda batch: max(frames[draw.index] for draw in batch))
        plan.extend(one[: math.ceil(len(one) * min(1.0, epochs - epoch))])
    return plan[:batches]


def _pass(
    frames: np.ndarray, weights: np.ndarray, batch_frames: int, epoch: int, rng: np.random.Generator
) -> list[list[Draw]]:
    """Batches of one pass over the data, in random order."""
    copies = np.floor(weights + rng.random(len(weights))).astype(int)
    drawn = rng.permutation(np.repeat(np.arange(len(frames)), copies))
    # A little noise on the lengths gives every pass other neighbours at hardly any padding.
    order = np.argsort(frames[drawn] * rng.uniform(0.95, 1.05, len(drawn)), kind="stable")
    batches: list[list[Draw]] = []
    longest = 0
    for index in drawn[order].tolist():
        longest = max(longest, int(frames[index])) if batches else int(frames[index])
        if not batches or longest * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
            longest = int(frames[index])
        batches[-1].append(Draw(index, epoch))
    return [batches[number] for number in rng.permutation(len(batches))]


class PlannedBatches(Sampler[list[Draw]]):
    """The plan as a batch sampler."""

    def __init__(self, batches: list[list[Draw]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[list[Draw]]:
        return iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)
