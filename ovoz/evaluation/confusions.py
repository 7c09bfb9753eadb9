"""Word errors by word said, with what was written in its place."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jiwer import process_words

from ovoz.evaluation.rows import HypothesisRow

NOTHING: Final = ""
"""Stands for no word: one that was left out, or the place where one was added."""

_CONFUSIONS: Final = 3


@dataclass(frozen=True, slots=True)
class WordErrors:
    """How often a word was said and not recognised, and what was written most often instead.

    For words that were added, ``word`` is :data:`NOTHING` and ``said`` is their number.
    """

    word: str
    said: int
    wrong: int
    written: tuple[tuple[str, int], ...]


def count_word_errors(rows: Sequence[HypothesisRow], most: int) -> list[WordErrors]:
    """The ``most`` words with the most errors, those that were added among them."""
    said: Counter[str] = Counter()
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        words, heard = row.reference.split(), row.hypothesis.split()
        said.update(words)
        for chunk in process_words(row.reference, row.hypothesis).alignments[0]:
            missed = words[chunk.ref_start_idx : chunk.ref_end_idx]
            found = heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
            if chunk.type == "substitute":
                for one, other in zip(missed, found, strict=True):
                    written[one][other] += 1
            elif chunk.type == "delete":
                for one in missed:
                    written[one][NOTHING] += 1
            elif chunk.type == "insert":
                written[NOTHING].update(found)
    said[NOTHING] = written[NOTHING].total()
    errors = sorted(written.items(), key=lambda one: (-one[1].total(), one[0]))
    return [
        WordErrors(word, said[word], instead.total(), tuple(instead.most_common(_CONFUSIONS)))
        for word, instead in errors
        if instead
    ][:most]
