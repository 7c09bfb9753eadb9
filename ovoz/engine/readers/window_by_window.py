"""Signals read one window at a time, for heads that cannot look across a cut."""

import time
from collections.abc import Callable, Sequence

from ovoz.audio.signal import Samples
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import DecodedSignal
from ovoz.engine.transcript import Timings
from ovoz.engine.workers import Workers


def read_windows(
    read: Callable[[Samples], Sequence[DecodedWord]],
    batch: Sequence[Samples],
    frontend: Frontend,
    workers: Workers,
) -> list[DecodedSignal]:
    """Words of every signal, on its own frames; a word that touches a cut is torn.

    The times of the signals add up to that of the batch.

    Args:
        read: Returns the words of one window, on the window's frames.
        batch: Float32 [T] at 16 kHz each.
        frontend: Cuts the signals.
        workers: Threads for ``read``.

    Raises:
        ValueError: As :meth:`Frontend.windows`.
    """
    clips = frontend.windows(batch)
    started = time.perf_counter()
    found = workers.map(read, [window for clip in clips for window in clip])
    results = []
    for clip in clips:
        words: list[DecodedWord] = []
        start = 0
        for window in clip:
            words += [word.shift(start) for word in next(found)]
            start += frontend.frames(window)
        started, network_s = (now := time.perf_counter()), now - started
        results.append(DecodedSignal(words, Timings(network_s)))
    return results
