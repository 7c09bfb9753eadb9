"""Cuts long audio where it is quietest, and groups pieces of like length into batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds

SHORTEST_S: Final = 0.1
"""Shorter audio holds no word: it is answered with an empty transcript, unheard."""

_SMOOTHED_FRAMES: Final = 5
"""Frames whose energy is summed: a cut wants a quiet stretch, not one quiet instant."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How much a network reads at once.

    Attributes:
        step: samples of a frame of the network.
        longest: samples of a window at most: whole frames, and one at least.
    """

    step: int
    longest: int

    @classmethod
    def of(cls, frame_s: Seconds, window_s: Seconds) -> Self:
        """Of a network with frames of ``frame_s`` that reads at most ``window_s``."""
        step = round(frame_s * SAMPLE_RATE)
        return cls(step, max(step, round(window_s * SAMPLE_RATE) // step * step))

    def pieces(self, samples: Samples, place: int) -> list[Samples]:
        """Windows of the signal at ``place`` of a batch; none where it is too short to hear.

        Raises:
            ValueError: it is not one-dimensional, not floating point, or holds NaN or infinite
                samples.
        """
        if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
            raise ValueError(
                f"signal {place} of the batch is {samples.dtype} {list(samples.shape)}:"
                " expected mono float32 [T] in [-1, 1]"
            )
        if not np.isfinite(samples).all():
            raise ValueError(f"signal {place} of the batch holds NaN or infinite samples")
        if len(samples) < SHORTEST_S * SAMPLE_RATE:
            return []
        return cut(samples, longest=self.longest, step=self.step)

    def frames(self, piece: Samples) -> int:
        """Whole frames of a piece."""
        return len(piece) // self.step


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
