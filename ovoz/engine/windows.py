"""Windows of long audio, cut where it is quietest, and batches of windows of similar length."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ovoz.audio.signal import Samples

SHORTEST_S: Final = 0.1
"""Shorter audio holds no word: its transcript is empty, without a run of the network."""

_SMOOTHED_FRAMES: Final = 5
"""Frames whose energy is summed, so that a cut lies in a pause and not in one quiet frame."""


def cut(samples: Samples, *, longest: int, step: int) -> list[Samples]:
    """Cut ``samples`` [T] into consecutive windows of at most ``longest`` samples.

    Cuts lie on multiples of ``step`` samples, in the second half of a window, at its quietest
    place. All windows but the last are whole steps long, so their frames line up with the frames
    of the whole.
    """
    if len(samples) <= longest:
        return [samples]
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    energy = np.convolve(
        np.einsum("ft,ft->f", frames, frames), np.ones(_SMOOTHED_FRAMES), mode="same"
    )
    window = longest // step
    edges = [0]
    while len(samples) - edges[-1] * step > longest:
        first, last = edges[-1] + max(1, window // 2), edges[-1] + window
        edges.append(first + int(np.argmin(energy[first : last + 1])))
    starts = [edge * step for edge in edges]
    return [
        samples[start:end] for start, end in zip(starts, [*starts[1:], len(samples)], strict=True)
    ]


def group_by_length(
    lengths: Sequence[int], *, max_frames: int, waste: float = 0.1, max_items: int | None = None
) -> list[list[int]]:
    """Indices of ``lengths`` in batches, shortest first.

    Args:
        lengths: Frames of each item.
        max_frames: Most frames of a batch, padding included; a longer item is a batch of its own.
        waste: Largest share of padding in the frames of a batch, since padding costs time.
        max_items: Most items of a batch; any number by default.
    """
    groups: list[list[int]] = []
    total = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        size = len(groups[-1]) + 1 if groups else 0
        padded = size * lengths[index]
        full = padded > max_frames or (max_items is not None and size > max_items)
        if not groups or full or padded - total - lengths[index] > waste * padded:
            groups.append([])
            total = 0
        groups[-1].append(index)
        total += lengths[index]
    return groups
