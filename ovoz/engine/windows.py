"""Cuts long audio where it is quietest, and groups pieces of like length into batches."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ovoz.audio.signal import Samples

SHORTEST_S: Final = 0.1
"""Shorter audio holds no word: it is answered with an empty transcript, unheard."""

_SMOOTHED_FRAMES: Final = 5
"""Frames whose energy is summed: a cut wants a quiet stretch, not one quiet instant."""


def cut(samples: Samples, *, longest: int, step: int) -> list[Samples]:
    """Pieces of ``samples`` [T] of at most ``longest`` samples that together give it back.

    Cuts lie on multiples of ``step`` samples, in the second half of a window, at its quietest
    place. All but the last piece are whole steps long, so the frames of the pieces line up with
    the frames of the whole.
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
    lengths: Sequence[int], *, most_padded: int, waste: float = 0.1, most_items: int | None = None
) -> list[list[int]]:
    """Indices of ``lengths`` in batches, shortest first.

    A batch holds at most ``most_padded`` frames, padding included (or one item), at most
    ``waste`` of its frames are padding (cost follows real length), and ``most_items`` items.
    """
    groups: list[list[int]] = []
    total = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        size = len(groups[-1]) + 1 if groups else 0
        padded = size * lengths[index]
        full = padded > most_padded or (most_items is not None and size > most_items)
        if not groups or full or padded - total - lengths[index] > waste * padded:
            groups.append([])
            total = 0
        groups[-1].append(index)
        total += lengths[index]
    return groups
