"""Latency and throughput of whatever transcribes clips."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples

BATCH: Final = 16

Run = Callable[[Sequence[Samples], Sequence[int]], object]
"""Transcribes clips; the numbers say how many tokens a Whisper has to write for each."""


@dataclass(frozen=True, slots=True)
class Clips:
    """What every system transcribes.

    Attributes:
        title: what they are.
        signals: float32 [T] each, at 16 kHz.
        tokens: how many tokens a Whisper takes for each.
    """

    title: str
    signals: Sequence[Samples]
    tokens: Sequence[int]

    @property
    def seconds(self) -> float:
        """Of all clips together."""
        return sum(map(len, self.signals)) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds a clip at batch 1; seconds of audio per second at batch 1 and 16."""

    p50_ms: float
    p95_ms: float
    alone: float
    batched: float


def measure(run: Run, clips: Clips, rounds: int, budget_s: float) -> Speed:
    """Speed of one system after a warm-up.

    Every clip of every round counts for the latencies; of the rounds the fastest counts for
    throughput, since other work on the machine can only slow one down. No round is begun
    after ``budget_s``.
    """
    starts = range(0, len(clips.signals), BATCH)
    run(clips.signals[:BATCH], clips.tokens[:BATCH])
    begun = time.perf_counter()
    alone: list[list[float]] = []
    batched: list[float] = []
    while not alone or (len(alone) < rounds and time.perf_counter() - begun < budget_s):
        alone.append([_clock(run, clips, at, at + 1) for at in range(len(clips.signals))])
        batched.append(sum(_clock(run, clips, at, at + BATCH) for at in starts))
    p50_ms, p95_ms = 1000 * np.percentile(alone, [50, 95])
    return Speed(p50_ms, p95_ms, clips.seconds / min(map(sum, alone)), clips.seconds / min(batched))


def _clock(run: Run, clips: Clips, start: int, end: int) -> float:
    """Seconds that the clips of a slice take together."""
    signals, tokens = clips.signals[start:end], clips.tokens[start:end]
    begun = time.perf_counter()
    run(signals, tokens)
    return time.perf_counter() - begun
