"""What a canary reads that nobody waits for: copies of requests, and probe clips under noise."""

import logging
import os
import queue
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from ovoz.audio.signal import Samples
from ovoz.canary.policy import CanaryPolicy
from ovoz.engine.artifact.probes import ProbeClip
from ovoz.engine.transcript import Transcript
from ovoz.serving.canary.counting import FAILED, Counting, describe_answer
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.telemetry import metrics

_MOST_WAITING: Final = 16
_TICK_S: Final = 0.1
_NICEST: Final = 19
_SNR_DB: Final = (5.0, 20.0)
_LOG: Final = logging.getLogger(__name__)


class Background:
    """A thread of the lowest priority that reads for one trial, while the model has time for it.

    Args:
        canary: Reads copies and probes.
        production: Reads probes; its answers to the copies are there.
        probes: Clips of which it is known what is said.
        counting: Of the trial.
        policy: How often probes are read.
        is_busy: Whether callers wait for the model.
    """

    def __init__(
        self,
        canary: Model,
        production: Model,
        probes: Sequence[ProbeClip],
        counting: Counting,
        policy: CanaryPolicy,
        is_busy: Callable[[], bool],
    ) -> None:
        self._canary = canary
        self._production = production
        self._probes = probes if policy.probe_every_s else ()
        self._counting = counting
        self._policy = policy
        self._is_busy = is_busy
        self._copies: queue.Queue[tuple[RecognitionRequest, Transcript]] = queue.Queue(
            _MOST_WAITING
        )
        self._stopped = threading.Event()
        self._random = random.Random()  # noqa: S311  (no secret)
        self._thread = threading.Thread(target=self._run, name="ovoz-canary", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End behind what is read now; copies that wait are forgotten."""
        self._stopped.set()

    def offer(self, request: RecognitionRequest, answered: Transcript) -> None:
        """Take a copy of a share of the requests; returns at once, whatever waits."""
        if self._random.random() >= self._policy.share:
            return
        try:
            self._copies.put_nowait((request, answered))
        except queue.Full:
            metrics.CANARY_SHADOWED.labels("dropped").inc()

    def _run(self) -> None:
        if sys.platform == "linux":  # where threads have priorities of their own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICEST)
        next_probe = time.monotonic()
        while not self._stopped.is_set():
            if self._is_busy():
                self._stopped.wait(_TICK_S)
                continue
            try:
                self._read_copy()
                if self._probes and time.monotonic() >= next_probe:
                    next_probe = time.monotonic() + self._policy.probe_every_s
                    self._read_probe()
            except Exception:  # the comparison must not end with the first surprise
                _LOG.exception("a comparison with the canary failed")

    def _read_copy(self) -> None:
        try:
            request, answered = self._copies.get(timeout=_TICK_S)
        except queue.Empty:
            return
        transcript = _read(self._canary, request)
        canary = FAILED if transcript is None else describe_answer(transcript, self._policy)
        self._counting.add_pair(canary, describe_answer(answered, self._policy))
        metrics.CANARY_SHADOWED.labels("read").inc()

    def _read_probe(self) -> None:
        """One clip under the same noise for both: without noise, few clips would tell little."""
        probe = self._random.choice(self._probes)
        noisy = _with_noise(probe.samples, self._random.uniform(*_SNR_DB))
        errors: list[float] = []
        for model in (self._canary, self._production):
            transcript = _read(model, RecognitionRequest(noisy))
            errors.append(1.0 if transcript is None else word_errors(probe.said, transcript.text))
        self._counting.add_probe(*errors)


def word_errors(said: str, written: str) -> float:
    """Word errors for each word that was said, at most 1."""
    words = said.split()
    return min(1.0, Levenshtein.distance(words, written.split()) / max(1, len(words)))


def _read(model: Model, request: RecognitionRequest) -> Transcript | None:
    """The transcript; None where the model fails."""
    try:
        (answer,) = model.transcribe_all([request])
    except Exception:
        _LOG.exception("a model failed in the background")
        return None
    return answer if isinstance(answer, Transcript) else None


def _with_noise(samples: Samples, snr_db: float) -> Samples:
    """White noise at a signal-to-noise ratio.

    Own lines: ``ovoz.audio.augment`` loads codecs and rooms, which would delay every start.
    """
    level = float(np.sqrt(np.mean(np.square(samples)))) * 10 ** (-snr_db / 20)
    noise = np.random.default_rng().normal(0, level, len(samples))
    return (samples + noise).astype(np.float32)
