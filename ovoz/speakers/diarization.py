"""A recording of any length to segments of single speakers.

Speech is found piece by piece, so that audio in memory is bounded; of a recording an embedding
every ``hop_s`` of speech is kept until the end, and then dropped. Overlapping speech is given to
one speaker: telling it apart takes a segmentation network, which we do not have.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.audio.vad import VadConfig, detect_speech
from ovoz.engine.recording import FindSpeech, RecordingConfig, find_speech_clips
from ovoz.speakers.clustering import Labels, cluster
from ovoz.speakers.config import DiarizationConfig, SpeakerCount
from ovoz.speakers.encoder import Embeddings, SpeakerEncoder, normalize
from ovoz.speakers.segments import SpeakerSegment

Cluster = Callable[[Embeddings, SpeakerCount, DiarizationConfig], Labels]
"""A speaker for each embedding, counted from 0; as :func:`ovoz.speakers.clustering.cluster`."""

_PAUSES: Final = VadConfig(min_silence_s=0.2)
"""Shorter pauses are within a turn."""


@dataclass(frozen=True, slots=True)
class _EmbeddedSpeech:
    """Speech without a pause, and its embeddings [N, D] with the middles of their windows [N]."""

    start_s: Seconds
    end_s: Seconds
    centres_s: npt.NDArray[np.float64]
    embeddings: Embeddings


class Diarizer:
    """Finds out who speaks when; may be used from several threads at once.

    Args:
        encoder: Embeds speech.
        config: How it is divided and clustered.
        find_speech: Voice activity detection; Silero's network by default.
        cluster: Tells embeddings apart.
    """

    def __init__(
        self,
        encoder: SpeakerEncoder,
        config: DiarizationConfig | None = None,
        find_speech: FindSpeech | None = None,
        cluster: Cluster = cluster,
    ) -> None:
        self._encoder = encoder
        self._config = config or DiarizationConfig()
        self._cluster = cluster
        self._find = find_speech or (lambda samples: detect_speech(samples, _PAUSES))

    def diarize(
        self, pieces: Iterable[Samples], count: SpeakerCount | None = None
    ) -> list[SpeakerSegment]:
        """Segments of one speaker each, in order; none where nobody speaks.

        Args:
            pieces: The recording, float32 [T] at 16 kHz in [-1, 1], piece after piece.
            count: How many speakers there are; by default found.

        Raises:
            ModuleNotFoundError: The package ``silero-vad`` is missing.
        """
        stretches = [
            self._embed(clip.samples, clip.start_s)
            for clips in find_speech_clips(pieces, RecordingConfig(), self._find)
            for clip in clips
            if len(clip.samples)
        ]
        if not stretches:
            return []
        smooth = np.concatenate([_smooth(one.embeddings) for one in stretches])
        labels = self._cluster(smooth, count or SpeakerCount(), self._config)
        borders = np.cumsum([0, *(len(one.embeddings) for one in stretches)])
        return [
            segment
            for one, (first, last) in zip(stretches, pairwise(borders), strict=True)
            for segment in _divide(one, labels[first:last])
        ]

    def _embed(self, samples: Samples, start_s: Seconds) -> _EmbeddedSpeech:
        windows, starts = _cut_windows(samples, self._config)
        length_s = min(self._config.window_s, len(samples) / SAMPLE_RATE)
        return _EmbeddedSpeech(
            start_s,
            start_s + len(samples) / SAMPLE_RATE,
            start_s + starts / SAMPLE_RATE + length_s / 2,
            self._encoder.embed(windows),
        )


def _cut_windows(
    samples: Samples, config: DiarizationConfig
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Windows [N, T] over speech and where they begin; the last one ends where the speech does.

    Speech that is shorter than a window is repeated.
    """
    length, hop = round(config.window_s * SAMPLE_RATE), round(config.hop_s * SAMPLE_RATE)
    if len(samples) <= length:
        return np.resize(samples, (1, length)), np.zeros(1, np.int64)
    last = len(samples) - length
    starts = np.append(np.arange(0, last - hop // 2, hop), last)
    return np.stack([samples[start : start + length] for start in starts]), starts


def _smooth(embeddings: Embeddings) -> Embeddings:
    """Each embedding with its neighbours in the same stretch: turns are longer than a window."""
    if len(embeddings) < 2:
        return embeddings
    padded = np.pad(embeddings, ((1, 1), (0, 0)))
    return normalize(padded[:-2] + padded[1:-1] + padded[2:])


def _divide(stretch: _EmbeddedSpeech, labels: Labels) -> list[SpeakerSegment]:
    """Segments of a stretch: it changes hands half way between two windows."""
    centres = stretch.centres_s
    changes = [
        place for place, (one, other) in enumerate(pairwise(labels), start=1) if one != other
    ]
    borders = [float(centres[place - 1] + centres[place]) / 2 for place in changes]
    edges = pairwise([stretch.start_s, *borders, stretch.end_s])
    return [
        SpeakerSegment(int(labels[place]) + 1, round(start_s, 3), round(end_s, 3))
        for place, (start_s, end_s) in zip([0, *changes], edges, strict=True)
    ]
