"""What running a model costs, and what it writes where nobody speaks.

Times are ratios to a reference that takes the same clips in turn, in the same process: a busy
machine slows both. Each engine is warmed up first, so that no cold call is counted.
"""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.metrics.silence import silence_insertions

MEASURES: Final = {
    "silence_words_per_minute": "words written per minute of silence and noise",
    "latency_p95_ratio": "95th percentile of the call time over that of the reference",
    "real_time_factor_ratio": "call time in all over that of the reference",
    "size_mb": "megabytes (10^6 bytes) of the served encoder",
    "memory_mb": "peak megabytes of a process that loads the model and reads 30 s",
    "long_wer": "word error rate of test clips read as one long recording, as a fraction",
    "long_misplaced_s": "95th percentile of the seconds by which words of its last quarter lie"
    " outside of the clip in which they were said",
    "long_drift_s": "long_misplaced_s minus the same of the first quarter",
    "long_lost_words": "words for which nothing was written, a thousand words",
    "long_doubled_words": "words written twice in a row that nobody said twice, a thousand words",
    "long_looped_words": "words in four or more repetitions that nobody said, a thousand words",
    "foreign_words_per_minute": "words written per minute of synthetic English and German",
    "foreign_rejected_share": "share of those clips that are less sure than nine in ten clips of"
    " the model's own languages",
    "text_equal_share": "share of the clips for which the exported model writes what the trained"
    " network wrote",
    "exports_within_limit": "exports that lose no more accuracy than export.max_wer_loss",
    "wer_over_trained": "word error rate minus that of the trained network, as a fraction",
}
"""Figures beside those of ``metrics``, by the name a gate knows them under."""

_WARM_UP: Final = 3
_STATUS: Final = Path("/proc/self/status")


def warm_up(engine: SupportsTranscribe) -> None:
    """Let an engine make what it makes on its first calls."""
    second = np.zeros(SAMPLE_RATE, np.float32)
    for _ in range(_WARM_UP):
        engine.transcribe([second])


def measure_speed_ratios(
    engine: SupportsTranscribe, reference: SupportsTranscribe, clips: Sequence[Samples]
) -> dict[str, float]:
    """``latency_p95_ratio`` and ``real_time_factor_ratio`` over clips taken in turn."""
    warm_up(engine)
    warm_up(reference)
    ours: list[float] = []
    theirs: list[float] = []
    for number, clip in enumerate(clips):
        order = [(engine, ours), (reference, theirs)]
        for one, times in order if number % 2 else reversed(order):
            started = time.perf_counter()
            one.transcribe([clip])
            times.append(time.perf_counter() - started)
    return {
        "latency_p95_ratio": float(np.percentile(ours, 95) / np.percentile(theirs, 95)),
        "real_time_factor_ratio": sum(ours) / sum(theirs),
    }


def measure_best_times(
    engines: Mapping[str, SupportsTranscribe], clips: Sequence[Samples], rounds: int
) -> dict[str, list[float]]:
    """Seconds of a call on each clip, by engine: the best of ``rounds``, all taken in turn.

    Other work on the machine can only slow a call down.
    """
    for engine in engines.values():
        warm_up(engine)
    best = {name: [float("inf")] * len(clips) for name in engines}
    for _ in range(rounds):
        for place, clip in enumerate(clips):
            for name, engine in engines.items():
                started = time.perf_counter()
                engine.transcribe([clip])
                best[name][place] = min(best[name][place], time.perf_counter() - started)
    return best


def count_silence_words(engine: SupportsTranscribe, clips: Sequence[Samples]) -> dict[str, float]:
    """``silence_words_per_minute`` over recordings without speech."""
    written = [engine.transcribe([clip])[0].text for clip in clips]
    counted = silence_insertions(written, [len(clip) / SAMPLE_RATE for clip in clips])
    return {"silence_words_per_minute": counted.words_per_minute}


def measure_footprint(artifact: Path) -> dict[str, float]:
    """``size_mb`` and ``memory_mb`` of a model artifact, the latter in a process of its own."""
    description = read_description(artifact, verify=False)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        peak = process.submit(_peak_bytes, artifact).result()
    size = (artifact / description.served_file).stat().st_size
    return {"size_mb": size / 1e6, "memory_mb": peak / 1e6}


def _peak_bytes(artifact: Path) -> int:
    from ovoz.engine.export.choice import read_target_device
    from ovoz.engine.load import load_engine

    noise = np.random.default_rng(0).standard_normal(30 * SAMPLE_RATE, dtype=np.float32)
    load_engine(artifact, device=read_target_device(artifact)).transcribe([0.1 * noise])
    if _STATUS.is_file():
        # Linux counts in ru_maxrss what the process was before exec: the size of its parent.
        lines = _STATUS.read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
