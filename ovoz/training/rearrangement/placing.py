"""What the processes of an alignment do: features of batches, and words on their frames.

It imports no torch, so that they start the sooner.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from ovoz.corpus.manifest import Utterance
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.forced_alignment import Aligner, AlignmentError
from ovoz.model.features import Features
from ovoz.training.audio_cache import AudioCache


class PlacedWords(BaseModel):
    """Frames [start, end) of every word of a transcript; ``score`` as of a forced alignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float
    frames: tuple[tuple[int, int], ...]


def make_batch(
    rows: Sequence[Utterance], cache: AudioCache
) -> tuple[Features, npt.NDArray[np.int64]]:
    """Features float32 [B, M, F] of some rows, padded with zeros, and their true lengths [B]."""
    features = [cache.clean_features(row) for row in rows]
    lengths = np.array([one.shape[1] for one in features])
    padded = np.zeros((len(features), features[0].shape[0], lengths.max()), np.float32)
    for row, one in enumerate(features):
        padded[row, :, : one.shape[1]] = one
    return padded, lengths


def place_words(
    symbols: Sequence[str], log_probs: Sequence[LogProbs], texts: Sequence[str]
) -> list[PlacedWords | None]:
    """Place the words of some transcripts; None for a text that has no room in its sound.

    Args:
        symbols: The tokenizer's symbols.
        log_probs: Log-probabilities [T, V] for each transcript.
        texts: The transcripts.
    """
    aligner = Aligner(symbols)
    return [_place(aligner, one, text) for one, text in zip(log_probs, texts, strict=True)]


def _place(aligner: Aligner, log_probs: LogProbs, text: str) -> PlacedWords | None:
    try:
        found = aligner.align(log_probs, text)
    except AlignmentError:
        return None
    frames = tuple((word.start_frame, word.end_frame) for word in found.words)
    return PlacedWords(score=found.score, frames=frames)
