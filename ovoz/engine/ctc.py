"""What all CTC engines share: audio in, log-probabilities, words out."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeVar, Unpack

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hot_words import boost
from ovoz.decoding.hypothesis import Decoder
from ovoz.engine.transcript import Timings, Transcript
from ovoz.engine.windowed import EngineSettings, WindowedEngine
from ovoz.engine.windows import group_by_length
from ovoz.model.features import Features

DEFAULT_WINDOW_S: Final = 15.0
"""Longest audio read at once unless the model says otherwise."""

DEFAULT_BATCH_FRAMES: Final = 16_000
"""Feature frames of a batch, padding included: bounds memory."""

_Result = TypeVar("_Result")


class CtcEngine(WindowedEngine, ABC):
    """An engine around one network; subclasses run it.

    Args:
        classes: width of the log-probabilities.
        decoder: turns log-probabilities into words.
        batch_frames: feature frames that run through the network at once, padding included;
            0 runs every piece alone.
        most_together: most pieces of a batch, whatever their length.
        settings: see :class:`WindowedEngine`.
    """

    def __init__(
        self,
        *,
        classes: int,
        decoder: Decoder,
        batch_frames: int = DEFAULT_BATCH_FRAMES,
        most_together: int | None = None,
        **settings: Unpack[EngineSettings],
    ) -> None:
        super().__init__(**settings)
        self.decoder = decoder
        self._classes = classes
        self._batch_frames = batch_frames
        self._most_together = most_together

    def transcribe(
        self, batch: Sequence[Samples], *, hot_words: Sequence[str] = ()
    ) -> list[Transcript]:
        """Transcribe signals, float32 [T] at 16 kHz in [-1, 1]; one transcript each, in order.

        Silence and audio under 0.1 s give a transcript without words; long audio is read in
        windows, so cost and memory grow with its length and no faster. ``hot_words`` are
        preferred where the sound leaves a choice, and known even if the lexicon lacks them.

        Raises:
            ValueError: a signal is not one-dimensional, not floating point, or holds NaN or
                infinite samples; the message gives its place in the batch. Or hot words that
                are too many, too long, cannot be spelled, or that the decoder cannot use.
        """
        decoder = boost(self.decoder, hot_words)
        started = time.perf_counter()
        log_probs = self.log_probs(batch)
        work = partial(self._read, decoder, time.perf_counter() - started)
        return list(self._map(work, log_probs, batch))

    def log_probs(self, batch: Sequence[Samples]) -> list[LogProbs]:
        """Log-probabilities [T, V] of every signal, one row per ``frame_s`` seconds.

        Signals under 0.1 s have no rows. Raises ``ValueError`` as :meth:`transcribe` does.
        """
        clips = [self._windows.pieces(samples, place) for place, samples in enumerate(batch)]
        features = list(self._map(self._log_mel, [piece for clip in clips for piece in clip]))
        rows = iter(self._encode_all(features))
        nothing = np.zeros((0, self._classes), np.float32)
        return [np.concatenate([nothing, *(next(rows) for _ in clip)]) for clip in clips]

    def _read(
        self, decoder: Decoder, network_s: Seconds, log_probs: LogProbs, samples: Samples
    ) -> Transcript:
        """The transcript of one signal."""
        started = time.perf_counter()
        words = decoder.decode(log_probs)
        return self.transcript(words, samples, Timings(network_s, time.perf_counter() - started))

    def _encode_all(self, features: Sequence[Features]) -> list[LogProbs]:
        """Log-probabilities of every piece, through batches of like length."""
        results: list[LogProbs] = [np.empty((0, self._classes), np.float32)] * len(features)
        groups = group_by_length(
            [piece.shape[1] for piece in features],
            most_padded=self._batch_frames,
            most_items=self._most_together,
        )
        batches = [[features[index] for index in group] for group in groups]
        for group, rows in zip(groups, self._map(self._encode_batch, batches), strict=True):
            for index, log_probs in zip(group, rows, strict=True):
                results[index] = log_probs
        return results

    def _encode_batch(self, features: Sequence[Features]) -> list[LogProbs]:
        """Log-probabilities of pieces that run through the network together."""
        lengths = np.array([piece.shape[1] for piece in features], np.int64)
        log_probs, counts = self._encode(pad(features), lengths)
        return [rows[:count] for rows, count in zip(log_probs, counts, strict=True)]

    def _map(self, work: Callable[..., _Result], *items: Iterable[Any]) -> Iterable[_Result]:
        """``map`` over independent work; engines with free cores do it side by side."""
        return map(work, *items)

    @abstractmethod
    def _encode(
        self, features: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Run the network.

        Args:
            features: float32 [B, n_mels, F], padded behind ``lengths``.
            lengths: int64 [B], true frames of each row.

        Returns:
            Natural log-probabilities float32 [B, T, V] and the true rows of each, int64 [B].
        """


def pad(features: Sequence[Features]) -> npt.NDArray[np.float32]:
    """Features [n_mels, F] of several lengths as one array [B, n_mels, longest F], zero behind."""
    longest = max(piece.shape[1] for piece in features)
    padded = np.zeros((len(features), features[0].shape[0], longest), np.float32)
    for row, piece in zip(padded, features, strict=True):
        row[:, : piece.shape[1]] = piece
    return padded
