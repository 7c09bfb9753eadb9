"""Counts of every utterance of a test set, from which every figure and interval is computed.

Each figure is a function of sums over utterances. Counting is done once; a part of the test set
(a dialect, a condition) or a bootstrap sample is then a sum over other rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ovoz.evaluation.metrics.alignment import Alignment, align
from ovoz.evaluation.metrics.counting import (
    NO_EDITS,
    Counts,
    Edits,
    count_edits,
    count_utterance,
)
from ovoz.evaluation.metrics.equivalents import Equivalents, with_equivalents
from ovoz.evaluation.metrics.hypotheses import read_hypothesis
from ovoz.evaluation.metrics.pair import CanonicalText, Pair, Views, views
from ovoz.text.language import Language

LABELS = tuple(Language)
"""Utterance labels in the order of their codes in :class:`Tally`."""

SLICES = tuple(label for label in Language if label is not Language.OTHER)
"""Labels of the reference utterances by which error rates are told apart."""

_SLICED = ("word_errors", "words", "character_errors", "characters")
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by utterance.

    ``values`` is float64 [utterances, columns], named by ``columns``: the fields of ``Counts``,
    ``word_errors``, and ``word_errors``, ``words``, ``character_errors``, ``characters`` again for
    each reference label (``words.uz``). The languages are codes into :data:`LABELS`, int
    [utterances].
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    speakers: tuple[str, ...]
    reference_languages: NDArray[np.int64]
    hypothesis_languages: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.speakers)

    def totals(self) -> dict[str, float]:
        """Sums over the utterances, by column."""
        return dict(zip(self.columns, self.values.sum(axis=0).tolist(), strict=True))

    def select(self, wanted: Sequence[bool] | NDArray[np.bool_]) -> "Tally":
        """The part of the test set where ``wanted``, one truth value an utterance, holds.

        Raises:
            ValueError: ``wanted`` has another length than the tally.
        """
        mask = np.asarray(wanted, dtype=bool)
        if mask.shape != (len(self),):
            raise ValueError(f"{mask.size} truth values for {len(self)} utterances: give one each")
        return Tally(
            self.columns,
            self.values[mask],
            tuple(name for name, keep in zip(self.speakers, mask, strict=True) if keep),
            self.reference_languages[mask],
            self.hypothesis_languages[mask],
        )


def tally(
    pairs: Sequence[Pair],
    pack: CanonicalText | None = None,
    progress: Callable[[int], object] | None = None,
    equivalents: Equivalents | None = None,
    *,
    as_written: bool = False,
) -> Tally:
    """Count hits, errors, languages and switch points of every pair.

    Args:
        pairs: the test set, in any order.
        pack: language pack that gives the canonical (and literary) reading; without one the texts
            are taken as canonical.
        equivalents: spellings that count as the same; None counts every difference.
        progress: called with the number of pairs counted since its last call.
        as_written: whether the hypotheses keep the script of every word, as those of Ovoz's own
            engines do; else they are read as :func:`read_hypothesis` reads them.
    """
    reading = with_equivalents(views(pack), equivalents)
    counted: list[tuple[Counts, Language, Language]] = []
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        counted += _count(chunk, reading, as_written)
        if progress:
            progress(len(chunk))
    return _table(counted, tuple(pair.speaker for pair in pairs))


def _count(
    pairs: Sequence[Pair], reading: Views, as_written: bool
) -> list[tuple[Counts, Language, Language]]:
    references = [reading.canonical(pair.reference) for pair in pairs]
    hypotheses = [
        reading.written(pair.hypothesis)
        if as_written
        else read_hypothesis(pair.hypothesis, reference, reading)
        for pair, reference in zip(pairs, references, strict=True)
    ]
    counted = []
    for pair, alignment in zip(pairs, align(references, hypotheses), strict=True):
        raw = count_edits(reading.raw(pair.reference), reading.raw(pair.hypothesis))
        literary = _literary_edits(reading, alignment)
        counted.append(count_utterance(alignment, raw, literary, pair.hypothesis_language, reading))
    return counted


def _literary_edits(reading: Views, alignment: Alignment) -> Edits:
    if reading.literary is None:
        return NO_EDITS
    return count_edits(
        reading.literary(" ".join(alignment.reference)),
        reading.literary(" ".join(alignment.hypothesis)),
    )


def _table(counted: list[tuple[Counts, Language, Language]], speakers: tuple[str, ...]) -> Tally:
    code = {label: number for number, label in enumerate(LABELS)}
    references = np.array([code[label] for _, label, _ in counted], dtype=np.int64)
    hypotheses = np.array([code[label] for _, _, label in counted], dtype=np.int64)
    values = np.array([row for row, _, _ in counted], dtype=np.float64)
    values = values.reshape(len(counted), len(Counts._fields))
    column = dict(zip(Counts._fields, values.T, strict=True))
    column["word_errors"] = column["substitutions"] + column["deletions"] + column["insertions"]
    column["utterances"] = np.ones(len(counted))
    for label in SLICES:
        of_label = references == code[label]
        for name in _SLICED:
            column[f"{name}.{label}"] = np.where(of_label, column[name], 0.0)
    return Tally(
        tuple(column), np.stack(list(column.values()), 1), speakers, references, hypotheses
    )
