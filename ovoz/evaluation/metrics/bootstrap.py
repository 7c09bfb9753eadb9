"""Bootstrap confidence intervals by speaker, and the paired comparison of two systems.

Utterances of one speaker are not independent, so whole speakers are drawn with replacement; an
utterance of an unknown speaker is a speaker of its own. Source: Bisani & Ney, "Bootstrap estimates
for confidence intervals in ASR performance evaluation" (ICASSP 2004). With fewer than about ten
speakers percentile intervals are too narrow: read them as a lower bound of the uncertainty.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ovoz.evaluation.metrics.figures import (
    FORMULAS,
    LOWER_IS_BETTER,
    OF_THE_TEST_SET,
    figures_of,
)
from ovoz.evaluation.metrics.tally import Tally

Array = NDArray[np.float64]

_DRAWS_AT_ONCE = 2_000_000


class Interval(BaseModel):
    """A figure with its percentile bootstrap interval; fractions."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float
    level: float


class Difference(BaseModel):
    """Figure of a candidate minus that of a baseline, on the same utterances.

    ``p_value`` is two-sided, of the hypothesis that there is no difference. ``improvement`` is the
    share of bootstrap samples in which the candidate is strictly better (Bisani & Ney's
    probability of improvement).
    """

    model_config = ConfigDict(frozen=True)

    candidate: float
    baseline: float
    difference: float
    low: float
    high: float
    p_value: float
    improvement: float


class UnpairedError(ValueError):
    """Two tallies that do not count the same utterances in the same order."""


def confidence_intervals(
    counts: Tally,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Interval]:
    """Percentile intervals of every figure that the test set defines.

    Args:
        counts: the counted test set.
        resamples: bootstrap samples; 1000 give the bounds of a 95 % interval to about a tenth
            of its width.
        level: share of the samples inside the interval, in (0, 1).
        seed: of the random draws; the same seed gives the same intervals.
        progress: called with the number of samples drawn since its last call.

    Returns:
        Intervals by figure, over the samples in which the figure is defined. A figure that fewer
        than two speakers define has none: one speaker says nothing about others.

    Raises:
        ValueError: ``level`` or ``resamples`` is out of range.
    """
    _check(resamples, level)
    sums = sum_by_speaker(counts.values, counts.speakers)
    named = _shared(counts.columns, sums)
    if not named:
        return {}
    samples = _resampled(counts.columns, [sums], resamples, seed, progress)[0]
    observed = _observed(counts)
    bounds = {name: find_bounds(samples[name], level) for name in named}
    return {
        name: Interval(value=observed[name], low=low, high=high, level=level)
        for name, (low, high) in bounds.items()
    }


def paired_differences(
    candidate: Tally,
    baseline: Tally,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Difference]:
    """Compare two systems on the same utterances: both are scored on the same drawn speakers.

    Figures that describe the test set alone are left out. Arguments and the rule for fewer than
    two speakers are those of :func:`confidence_intervals`.

    Raises:
        UnpairedError: The tallies do not count the same utterances in the same order.
        ValueError: ``level`` or ``resamples`` is out of range.
    """
    _check(resamples, level)
    _check_paired(candidate, baseline)
    sums = [
        sum_by_speaker(candidate.values, candidate.speakers),
        sum_by_speaker(baseline.values, baseline.speakers),
    ]
    theirs_shared = _shared(baseline.columns, sums[1])
    named = [name for name in _shared(candidate.columns, sums[0]) if name in theirs_shared]
    if not named:
        return {}
    ours, theirs = _resampled(candidate.columns, sums, resamples, seed, progress)
    our_values, their_values = _observed(candidate), _observed(baseline)
    return {
        name: _difference(
            name, our_values[name], their_values[name], ours[name] - theirs[name], level
        )
        for name in named
        if name not in OF_THE_TEST_SET
    }


def _difference(
    name: str, candidate: float, baseline: float, samples: Array, level: float
) -> Difference:
    low, high = find_bounds(samples, level)
    defined = samples[~np.isnan(samples)]
    at_most, at_least = np.sum(defined <= 0), np.sum(defined >= 0)
    better = defined < 0 if name in LOWER_IS_BETTER else defined > 0
    return Difference(
        candidate=candidate,
        baseline=baseline,
        difference=candidate - baseline,
        low=low,
        high=high,
        p_value=min(1.0, 2 * float(min(at_most, at_least) + 1) / (len(defined) + 1)),
        improvement=float(np.mean(better)),
    )


def _check(resamples: int, level: float) -> None:
    if resamples < 1:
        raise ValueError(f"{resamples} bootstrap samples: ask for at least one, better 1000")
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}: give a fraction such as 0.95")


def _check_paired(candidate: Tally, baseline: Tally) -> None:
    words = candidate.columns.index("words"), baseline.columns.index("words")
    if (
        candidate.speakers != baseline.speakers
        or not np.array_equal(candidate.values[:, words[0]], baseline.values[:, words[1]])
        or not np.array_equal(candidate.reference_languages, baseline.reference_languages)
    ):
        raise UnpairedError(
            f"{len(candidate)} and {len(baseline)} utterances are not the same ones: "
            "score both systems on one reference file, in its order"
        )


def sum_by_speaker(values: Array, speakers: Sequence[str]) -> Array:
    """Sums of ``values`` [utterances, columns] by speaker, float64 [speakers, columns].

    An utterance of an unknown speaker (an empty name) counts by itself.
    """
    number: dict[str, int] = {}
    unit = [
        number.setdefault(speaker or f"\0{row}", len(number))
        for row, speaker in enumerate(speakers)
    ]
    sums = np.zeros((len(number), values.shape[1]))
    np.add.at(sums, unit, values)
    return sums


def _shared(columns: tuple[str, ...], sums: Array) -> list[str]:
    """Figures that the words of at least two speakers define."""
    alone = figures_of(dict(zip(columns, sums.T, strict=True)))
    return [name for name, values in alone.items() if np.sum(~np.isnan(values)) > 1]


def _observed(counts: Tally) -> dict[str, float]:
    totals = {name: np.asarray(total) for name, total in counts.totals().items()}
    values = {name: float(value) for name, value in figures_of(totals).items()}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _resampled(
    columns: tuple[str, ...],
    systems: Sequence[Array],
    resamples: int,
    seed: int,
    progress: Callable[[int], object] | None,
) -> list[dict[str, Array]]:
    """Figures [resamples] of each system on the same drawn speakers."""
    drawn: list[list[dict[str, Array]]] = [[] for _ in systems]
    for times in draw_times(len(systems[0]), resamples, seed):
        for parts, sums in zip(drawn, systems, strict=True):
            sampled = times @ sums
            parts.append(figures_of(dict(zip(columns, sampled.T, strict=True))))
        if progress:
            progress(len(times))
    return [
        {name: np.concatenate([part[name] for part in parts]) for name in FORMULAS}
        for parts in drawn
    ]


def draw_times(units: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each unit is drawn in each sample, float64 [samples, units], in bounded parts."""
    random = np.random.default_rng(seed)
    at_once = max(1, _DRAWS_AT_ONCE // units)
    for start in range(0, resamples, at_once):
        samples = min(at_once, resamples - start)
        cells = random.integers(0, units, size=(samples, units))
        cells += units * np.arange(samples)[:, None]
        times = np.bincount(cells.ravel(), minlength=samples * units)
        yield times.reshape(samples, units).astype(np.float64)


def find_bounds(samples: Array, level: float) -> tuple[float, float]:
    """Bounds of the middle part of the samples that holds the share ``level``; NaN left out."""
    outside = (1 - level) / 2
    low, high = np.nanquantile(samples, [outside, 1 - outside])
    return float(low), float(high)
