"""Is the candidate worse than production on any slice, beyond chance?

Both are scored on the same utterances of today. A slice counts as worse when two tests say so: the
paired bootstrap (Bisani & Ney, 2004), and the sign-flip randomization test (Noreen, 1989), which is
exact where two scorings differ by chance and does not exaggerate in small slices as the bootstrap
does. The larger of the two p-values is corrected for the number of slices (Holm, 1979).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ovoz.evaluation.metrics.bootstrap import (
    Array,
    UnpairedError,
    draw_times,
    find_bounds,
    sum_by_speaker,
)
from ovoz.evaluation.metrics.pair import CanonicalText, Pair
from ovoz.evaluation.metrics.tally import tally
from ovoz.evaluation.rows import ALL, SLICED_BY, HypothesisRow

_FEW_SPEAKERS: Final = 20
"""With fewer, utterances are drawn: the comparison then holds for these speakers only."""

_DRAWS_AT_ONCE: Final = 500


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


def compare(
    candidate: Sequence[HypothesisRow],
    production: Sequence[HypothesisRow],
    pack: CanonicalText,
    config: RegressionConfig,
) -> list[Comparison]:
    """Compare two systems on every slice that ``config`` names.

    Raises:
        UnpairedError: They were not scored on the same utterances, in the same order.
    """
    key = [(row.test_set, row.id, row.condition) for row in candidate]
    if key != [(row.test_set, row.id, row.condition) for row in production]:
        raise UnpairedError("candidate and production were scored on different utterances")
    ours, words = _errors(candidate, pack)
    theirs, _ = _errors(production, pack)
    found = []
    for (test_set, name), inside in _slices(candidate, config).items():
        speakers = [candidate[place].speaker for place in inside]
        errors = np.stack([ours[inside], theirs[inside], words[inside]], 1)
        if errors[:, 2].sum() > 0:
            found.append(_compare_slice(test_set, name, errors, speakers, config))
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


def _compare_slice(
    test_set: str,
    name: str,
    errors: Array,
    speakers: Sequence[str],
    config: RegressionConfig,
) -> Comparison:
    """Compare on one slice; ``errors`` [utterances, 3]: candidate's, production's, and words."""
    by_speaker = sum_by_speaker(errors, speakers)
    units = by_speaker if len(by_speaker) >= _FEW_SPEAKERS else errors
    ours, theirs, words = units.sum(axis=0)
    samples = [times @ units for times in draw_times(len(units), config.resamples, config.seed)]
    drawn = np.concatenate([(one[:, 0] - one[:, 1]) / np.maximum(one[:, 2], 1) for one in samples])
    flipped = _flip_signs(units[:, 0] - units[:, 1], config)
    chances = (np.sum(drawn <= 0), np.sum(flipped >= ours - theirs))
    low, high = find_bounds(drawn, level=0.95)
    return Comparison(
        test_set=test_set,
        slice=name,
        utterances=len(errors),
        candidate=ours / words,
        production=theirs / words,
        difference=(ours - theirs) / words,
        low=low,
        high=high,
        p_worse=float(max(chances) + 1) / (config.resamples + 1),
    )


def _flip_signs(differences: Array, config: RegressionConfig) -> Array:
    """Sums of the differences [units] under random signs, float64 [resamples]."""
    rng = np.random.default_rng(config.seed)
    sums = []
    for start in range(0, config.resamples, _DRAWS_AT_ONCE):
        count = min(_DRAWS_AT_ONCE, config.resamples - start)
        sums.append(rng.choice((-1.0, 1.0), size=(count, len(differences))) @ differences)
    return np.concatenate(sums)


def _holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values, in the order given."""
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
