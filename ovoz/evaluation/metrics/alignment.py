"""Word alignment of references with hypotheses, by jiwer."""

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer


@dataclass(frozen=True, slots=True)
class Alignment:
    """A minimal edit path between the words of a reference and of a hypothesis.

    ``correct[i]`` says whether reference word ``i`` was recognised. ``inserted[i]`` counts the
    hypothesis words inserted before reference word ``i``; the last entry counts those after all
    of them. ``position[j]`` is the reference word that hypothesis word ``j`` stands for, or for
    an inserted word the one it stands before (the number of reference words at the very end).
    """

    reference: list[str]
    hypothesis: list[str]
    correct: list[bool]
    inserted: list[int]
    position: list[int]
    substitutions: int
    deletions: int

    @property
    def hits(self) -> int:
        """Recognised reference words."""
        return sum(self.correct)

    @property
    def insertions(self) -> int:
        """Hypothesis words that stand for no reference word."""
        return sum(self.inserted)


def align(references: Sequence[str], hypotheses: Sequence[str]) -> list[Alignment]:
    """Align texts of space-separated words, one alignment a pair.

    Every edit costs one (Levenshtein distance, as in the NIST definition of word error rate).
    Among equally short paths the one that jiwer (rapidfuzz) takes is kept; empty texts are allowed.

    Raises:
        ValueError: The two sequences differ in length.
    """
    if len(references) != len(hypotheses):
        raise ValueError(
            f"{len(references)} references but {len(hypotheses)} hypotheses: give one each"
        )
    if not references:
        return []
    output = jiwer.process_words(list(references), list(hypotheses))
    return [
        _read(reference, hypothesis, chunks)
        for reference, hypothesis, chunks in zip(
            output.references, output.hypotheses, output.alignments, strict=True
        )
    ]


def _read(
    reference: list[str], hypothesis: list[str], chunks: list[jiwer.AlignmentChunk]
) -> Alignment:
    correct = [False] * len(reference)
    inserted = [0] * (len(reference) + 1)
    position = [0] * len(hypothesis)
    substitutions = deletions = 0
    for chunk in chunks:
        first, end = chunk.ref_start_idx, chunk.ref_end_idx
        if chunk.type == "delete":
            deletions += end - first
        elif chunk.type == "insert":
            inserted[first] += chunk.hyp_end_idx - chunk.hyp_start_idx
            for word in range(chunk.hyp_start_idx, chunk.hyp_end_idx):
                position[word] = first
        else:
            position[chunk.hyp_start_idx : chunk.hyp_end_idx] = range(first, end)
            if chunk.type == "equal":
                correct[first:end] = [True] * (end - first)
            else:
                substitutions += end - first
    return Alignment(reference, hypothesis, correct, inserted, position, substitutions, deletions)
