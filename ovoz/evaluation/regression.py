"""Is the candidate worse than production on any slice, beyond chance?

Both are scored on the same utterances of today. A slice counts as worse when two tests say so: the
paired bootstrap (Bisani & Ney, 2004), and the sign-flip randomization test (Noreen, 1989), which is
exact where two scorings differ by chance and does not exaggerate in small slices as the bootstrap
does. The larger of the two p-values is corrected for the number of slices (Holm, 1979).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ovoz.evaluation.metrics.pair import CanonicalText, Pair
from ovoz.evaluation.metrics.tally import tally
from ovoz.evaluation.rows import ALL, SLICED_BY, HypothesisRow

_FEW_SPEAKERS: Final = 20
"""With fewer, utterances are drawn: the comparison then holds for these speakers only."""

_DRAWS_AT_ONCE: Final = 500

Array = NDArray[np.float64]


class RegressionConfig(BaseModel):
    """How a candidate is held against production.

    ``significance`` is the chance, over all slices together, of stopping a model that is no worse.
    ``test_sets`` that the corpus has are compared, each whole and by every property of
    ``slices_by``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    significance: float = Field(default=0.01, gt=0, lt=1)
    test_sets: tuple[str, ...] = ("test",)
    slices_by: tuple[str, ...] = ("language", "dialect", "condition")
    resamples: int = Field(default=10_000, ge=1_000)
    seed: int = 0

    @field_validator("slices_by")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in SLICED_BY:
                raise ValueError(
                    f"no property is called {name!r}; there are {', '.join(SLICED_BY)}"
                )
        return names


class Comparison(BaseModel):
    """Word error rates of both systems on one slice, fractions.

    ``low`` and ``high`` bound the 95 % bootstrap interval of ``difference``, candidate minus
    production. ``p_worse`` is the corrected chance of such a difference in a candidate that is no
    worse.
    """

    model_config = ConfigDict(frozen=True)

    test_set: str
    slice: str
    utterances: int
    candidate: float
    production: float
    difference: float
    low: float
    high: float
    p_worse: float


class UnpairedRowsError(ValueError):
    """The two systems were not scored on the same utterances."""


def compare(
    candidate: Sequence[HypothesisRow],
    production: Sequence[HypothesisRow],
    pack: CanonicalText,
    config: RegressionConfig,
) -> list[Comparison]:
    """Compare two systems on every slice that ``config`` names.

    Raises:
        UnpairedRowsError: They were not scored on the same utterances, in the same order.
    """
    key = [(row.test_set, row.id, row.condition) for row in candidate]
    if key != [(row.test_set, row.id, row.condition) for row in production]:
        raise UnpairedRowsError("candidate and production were scored on different utterances")
    ours, words = _errors(candidate, pack)
    theirs, _ = _errors(production, pack)
    found = []
    for (test_set, name), inside in _slices(candidate, config).items():
        speakers = [candidate[place].speaker for place in inside]
        sums = _units(np.stack([ours[inside], theirs[inside], words[inside]], 1), speakers)
        if sums[:, 2].sum() > 0:
            found.append(_compared(test_set, name, len(inside), sums, config))
    corrected = _holm([one.p_worse for one in found])
    return [one.model_copy(update={"p_worse": p}) for one, p in zip(found, corrected, strict=True)]


def _errors(rows: Sequence[HypothesisRow], pack: CanonicalText) -> tuple[Array, Array]:
    pairs = [Pair(reference=row.reference, hypothesis=row.hypothesis) for row in rows]
    counts = tally(pairs, pack)
    column = counts.columns.index
    return counts.values[:, column("word_errors")], counts.values[:, column("words")]


def _slices(
    rows: Sequence[HypothesisRow], config: RegressionConfig
) -> Mapping[tuple[str, str], list[int]]:
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        if row.test_set not in config.test_sets:
            continue
        names = [ALL, *(f"{name}={SLICED_BY[name](row)}" for name in config.slices_by)]
        for name in names:
            places.setdefault((row.test_set, name), []).append(place)
    return places


def _units(sums: Array, speakers: Sequence[str]) -> Array:
    """Sums by speaker, or by utterance where there are few speakers; float64 [units, 3]."""
    names, unit = np.unique(speakers, return_inverse=True)
    if len(names) < _FEW_SPEAKERS:
        return sums
    by_speaker = np.zeros((len(names), sums.shape[1]))
    np.add.at(by_speaker, unit, sums)
    return by_speaker


def _compared(
    test_set: str, name: str, utterances: int, sums: Array, config: RegressionConfig
) -> Comparison:
    ours, theirs, words = sums.sum(axis=0)
    drawn, flipped = _samples(sums, config)
    observed = ours - theirs
    chances = (np.sum(drawn <= 0), np.sum(flipped >= observed))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Comparison(
        test_set=test_set,
        slice=name,
        utterances=utterances,
        candidate=ours / words,
        production=theirs / words,
        difference=observed / words,
        low=float(low),
        high=float(high),
        p_worse=float(max(chances) + 1) / (config.resamples + 1),
    )


def _samples(sums: Array, config: RegressionConfig) -> tuple[Array, Array]:
    """Bootstrap differences of the rate, and differences of errors under flipped signs."""
    rng = np.random.default_rng(config.seed)
    units, difference = len(sums), sums[:, 0] - sums[:, 1]
    drawn, flipped = [], []
    for start in range(0, config.resamples, _DRAWS_AT_ONCE):
        count = min(_DRAWS_AT_ONCE, config.resamples - start)
        chosen = rng.integers(0, units, size=(count, units))
        drawn.append(difference[chosen].sum(1) / np.maximum(sums[:, 2][chosen].sum(1), 1))
        flipped.append(rng.choice((-1.0, 1.0), size=(count, units)) @ difference)
    return np.concatenate(drawn), np.concatenate(flipped)


def _holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values, in the order given."""
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
