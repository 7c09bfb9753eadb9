"""The CTC reader: log-probabilities of whole signals, then a decoder over them."""

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hot_words import boost
from ovoz.decoding.hypothesis import Decoder
from ovoz.engine.frontend import Frontend
from ovoz.engine.readers import AllowedLetters, DecodedSignal
from ovoz.engine.readers.letters import LetterMask
from ovoz.engine.runtimes import CtcRuntime
from ovoz.engine.transcript import Timings
from ovoz.engine.windows import group_by_length
from ovoz.engine.workers import Workers
from ovoz.model.features import Features

DEFAULT_BATCH_FRAMES: Final = 16_000
"""Feature frames of a batch, padding included: bounds memory."""


class CtcReader:
    """Reads signals by the CTC head of a network.

    Long signals are decoded as a whole: a word that touches a cut between two windows is not torn.

    Args:
        runtime: Runs the network.
        decoder: Turns log-probabilities into words.
        symbols: Of the CTC classes 1, 2, …; class 0 is the blank.
        frontend: Prepares signals for the network.
        workers: Threads for features, batches and decoding; one by default.
        batch_frames: Feature frames that run through the network at once, padding included;
            0 runs every window alone.
        max_batch: Most windows of a batch, whatever their length.
    """

    def __init__(
        self,
        runtime: CtcRuntime,
        decoder: Decoder,
        symbols: Sequence[str],
        frontend: Frontend,
        *,
        workers: Workers | None = None,
        batch_frames: int = DEFAULT_BATCH_FRAMES,
        max_batch: int | None = None,
    ) -> None:
        self._runtime = runtime
        self._decoder = decoder
        self._classes = 1 + len(symbols)
        self._mask = LetterMask(symbols)
        self._frontend = frontend
        self._workers = workers or Workers()
        self._batch_frames = batch_frames
        self._most_together = max_batch

    @property
    def frame_s(self) -> Seconds:
        """Seconds of audio per row of log-probabilities."""
        return self._frontend.frame_s

    def read(
        self,
        batch: Sequence[Samples],
        *,
        hot_words: Sequence[str] = (),
        allowed_letters: AllowedLetters | None = None,
    ) -> list[DecodedSignal]:
        """As :meth:`ovoz.engine.readers.Reader.read`."""
        decoder = boost(self._decoder, hot_words)
        started = time.perf_counter()
        log_probs = self.log_probs(batch)
        network_s = time.perf_counter() - started

        def decode(rows: LogProbs) -> DecodedSignal:
            started = time.perf_counter()
            words = decoder.decode(self._mask.apply(rows, allowed_letters))
            return DecodedSignal(words, Timings(network_s, time.perf_counter() - started))

        return list(self._workers.map(decode, log_probs))

    def log_probs(self, batch: Sequence[Samples]) -> list[LogProbs]:
        """Log-probabilities [T, V] of every signal, one row per ``frame_s`` seconds.

        Signals under 0.1 s have no rows.

        Raises:
            ValueError: As :meth:`ovoz.engine.frontend.Frontend.windows`.
        """
        clips = self._frontend.windows(batch)
        windows = [window for clip in clips for window in clip]
        rows = iter(self._encode(list(self._workers.map(self._frontend.features, windows))))
        nothing = np.zeros((0, self._classes), np.float32)
        return [np.concatenate([nothing, *(next(rows) for _ in clip)]) for clip in clips]

    def _encode(self, features: Sequence[Features]) -> list[LogProbs]:
        """Log-probabilities of every window, through batches of like length."""
        results: list[LogProbs] = [np.empty((0, self._classes), np.float32)] * len(features)
        groups = group_by_length(
            [one.shape[1] for one in features],
            max_frames=self._batch_frames,
            max_items=self._most_together,
        )
        batches = [[features[index] for index in group] for group in groups]
        for group, rows in zip(groups, self._workers.map(self._run, batches), strict=True):
            for index, log_probs in zip(group, rows, strict=True):
                results[index] = log_probs
        return results

    def _run(self, features: Sequence[Features]) -> list[LogProbs]:
        """Log-probabilities of windows that run through the network together."""
        lengths = np.array([one.shape[1] for one in features], np.int64)
        log_probs, counts = self._runtime.log_probs(_padded(features), lengths)
        return [rows[:count] for rows, count in zip(log_probs, counts, strict=True)]


def _padded(features: Sequence[Features]) -> npt.NDArray[np.float32]:
    """Features [n_mels, F] of several lengths as one array [B, n_mels, longest F], zero behind."""
    longest = max(one.shape[1] for one in features)
    padded = np.zeros((len(features), features[0].shape[0], longest), np.float32)
    for row, one in zip(padded, features, strict=True):
        row[:, : one.shape[1]] = one
    return padded
