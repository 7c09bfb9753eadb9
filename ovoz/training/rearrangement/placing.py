"""Places the words of transcripts on the frames of a network; imports no torch.

It runs in processes of its own, which start the sooner.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.forced_alignment import Aligner, AlignmentError


class PlacedWords(BaseModel):
    """Frames [start, end) of every word of a transcript; ``score`` as of a forced alignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float
    frames: tuple[tuple[int, int], ...]


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
