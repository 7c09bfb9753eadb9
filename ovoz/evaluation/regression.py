"""Is the candidate worse than production on any slice, beyond chance?

Both are scored on the same utterances of today. The p-value of a slice is that of the sign-flip
randomization test (Noreen, 1989): were the two models alike, every unit's difference could as well
have the other sign. It is exact, over all 2^n signs (Pagano & Tritchler, 1983), so that only the
number of units bounds it from below, and corrected for the number of slices (Holm, 1979). Intervals
of the differences come from the paired bootstrap (Bisani & Ney, 2004).
"""

import math
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


class TooFewUnitsError(ValueError):
    """A test set on which even the worst candidate could not be told from production."""


class RegressionConfig(BaseModel):
    """How a candidate is held against production.

    ``significance`` is the chance, over all slices together, of stopping a model that is no worse.
    ``test_sets`` are compared, each whole and by every property of ``slices_by``. ``resamples`` are
    those of the intervals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    significance: float = Field(default=0.01, gt=0, lt=1)
    margin: float = Field(default=0.01, ge=0, le=1)
    """Word error rate that a candidate may lose on a whole test set to the best former production.

    Losses that are each too small to be significant add up to no more.
    """
    test_sets: tuple[str, ...] = Field(default=("test",), min_length=1)
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
        if len(set(names)) != len(names):
            raise ValueError(f"name each property once, got {', '.join(names)}")
        return names


class Comparison(BaseModel):
    """Word error rates of both systems on one slice, fractions.

    ``low`` and ``high`` bound the 95 % bootstrap interval of ``difference``, candidate minus
    production. ``p_worse`` is the corrected chance that a candidate that is no worse looks so much
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
        TooFewUnitsError: A test set is too small for the significance that ``config`` asks for.
    """
    _check_paired(candidate, production)
    ours, words = _errors(candidate, pack)
    theirs, _ = _errors(production, pack)
    found = []
    for (test_set, name), inside in _slices(candidate, config).items():
        speakers = [candidate[place].speaker for place in inside]
        errors = np.stack([ours[inside], theirs[inside], words[inside]], 1)
        if errors[:, 2].sum() > 0:
            units = _find_units(errors, speakers)
            found.append((_compare_slice(test_set, name, len(inside), units, config), len(units)))
    _check_power(found, config)
    corrected = _holm([one.p_worse for one, _ in found])
    return [
        one.model_copy(update={"p_worse": p}) for (one, _), p in zip(found, corrected, strict=True)
    ]


def _check_power(found: Sequence[tuple[Comparison, int]], config: RegressionConfig) -> None:
    """Refuse a test set whose units are too few for the whole of it ever to be significant."""
    if not found:
        return
    needed = math.floor(math.log2(len(found)) - math.log2(config.significance)) + 1
    for one, units in found:
        if one.slice == ALL and units < needed:
            raise TooFewUnitsError(
                f"{units} clips or speakers of {one.test_set} cannot show at significance"
                f" {config.significance:g} over {len(found)} slices that a model is worse:"
                f" {needed} can; add clips, raise regression.significance or name fewer slices_by"
            )


def compare_whole(
    candidate: Sequence[HypothesisRow],
    best: Sequence[HypothesisRow],
    pack: CanonicalText,
    test_set: str,
) -> float:
    """Word error rate of the candidate minus that of ``best`` on a whole test set, a fraction.

    Raises:
        UnpairedError: They were not scored on the same utterances, in the same order.
        ValueError: The test set has no word.
    """
    ours, theirs = ([row for row in rows if row.test_set == test_set] for rows in (candidate, best))
    _check_paired(ours, theirs)
    (our_errors, words), (their_errors, _) = _errors(ours, pack), _errors(theirs, pack)
    if not words.sum():
        raise ValueError(f"nothing to compare on {test_set}")
    return float((our_errors.sum() - their_errors.sum()) / words.sum())


def _check_paired(ours: Sequence[HypothesisRow], theirs: Sequence[HypothesisRow]) -> None:
    key = [(row.test_set, row.id, row.condition) for row in ours]
    if key != [(row.test_set, row.id, row.condition) for row in theirs]:
        raise UnpairedError("the two models were scored on different utterances")


def _errors(rows: Sequence[HypothesisRow], pack: CanonicalText) -> tuple[Array, Array]:
    pairs = [Pair(reference=row.reference, hypothesis=row.hypothesis) for row in rows]
    counts = tally(pairs, pack, as_written=True)
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


def _find_units(errors: Array, speakers: Sequence[str]) -> Array:
    """What is drawn or flipped as a whole: the rows of a speaker, or single ones."""
    by_speaker = sum_by_speaker(errors, speakers)
    return by_speaker if len(by_speaker) >= _FEW_SPEAKERS else errors


def _compare_slice(
    test_set: str, name: str, utterances: int, units: Array, config: RegressionConfig
) -> Comparison:
    """Compare on one slice; ``units`` [units, 3]: candidate's errors, production's, and words."""
    ours, theirs, words = units.sum(axis=0)
    samples = [times @ units for times in draw_times(len(units), config.resamples, config.seed)]
    drawn = np.concatenate([(one[:, 0] - one[:, 1]) / np.maximum(one[:, 2], 1) for one in samples])
    low, high = find_bounds(drawn, level=0.95)
    return Comparison(
        test_set=test_set,
        slice=name,
        utterances=utterances,
        candidate=ours / words,
        production=theirs / words,
        difference=(ours - theirs) / words,
        low=low,
        high=high,
        p_worse=sign_flip_p(units[:, 0] - units[:, 1]),
    )


def sign_flip_p(differences: Array) -> float:
    """Chance that the sum of integers [units] under random signs is at least as large as theirs.

    A sum under random signs is twice that of the positive ones minus that of all magnitudes, so
    the distribution of the former is enough; it is built up unit by unit.
    """
    magnitudes = np.abs(differences).astype(int)
    chances = np.zeros(magnitudes.sum() + 1)
    chances[0] = 1.0
    for magnitude in magnitudes[magnitudes > 0]:
        positive = np.zeros_like(chances)
        positive[magnitude:] = chances[:-magnitude]
        chances = (chances + positive) / 2
    observed = int(differences[differences > 0].sum())
    return float(min(1.0, chances[observed:].sum()))


def _holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values, in the order given."""
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
