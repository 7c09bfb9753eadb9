"""The word error rate of traffic without labels: from confidences, with an interval.

The curve of errors over confidence is that of the test set. On sound that the test set lacks,
confidence promises too much, so two things follow how far a day lies from the test set, its shift
(0 to 1, from the domain classifier): the curve moves towards one that the distorted clips of the
evaluation have a part in, and the interval widens.

How much it must widen is measured: every distortion, the segments at the ends of every feature and
speakers are left out in turn and estimated from the others. The logarithm of true over estimated
rate is taken as normal with the variance ``sampling + spread * shift``, a random effect by domain
as in meta-analysis (DerSimonian & Laird, 1986); ``spread`` is fitted by the second moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import t

from ovoz.monitoring.bins import COLUMNS, Bins, Codes
from ovoz.monitoring.domain import separability
from ovoz.monitoring.error_curve import ErrorCurve, Known
from ovoz.monitoring.heard_words import HeardWords, column, confidence_bins

LEVEL: Final = 0.95
_RESAMPLES: Final = 100
_END: Final = 0.2
"""Share of the test set at one end of a feature."""
_LEAST_SPREAD: Final = 0.01
_MOST_SPEAKERS: Final = 20
_LEAST_WORDS: Final = 50
"""Domains with fewer words said in them say too little."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EstimatedRate:
    """A word error rate with the bounds of its 95 % interval, all shares.

    ``shift`` is how far the traffic lies from the test set, 0 to 1.
    """

    rate: float
    low: float
    high: float
    shift: float


@dataclass(frozen=True, slots=True)
class _Curves:
    """Of the test set and of its distorted clips."""

    recorded: ErrorCurve
    distorted: ErrorCurve

    def rate(self, heard: HeardWords, shift: float) -> tuple[float, float]:
        """The rate, and the errors that it comes from."""
        errors, said = self.recorded.blend(self.distorted, shift).count(heard)
        return errors / max(said, 1e-9), errors


class ErrorRateEstimator:
    """Estimates the error rate of traffic from the reference statistics of its model.

    Args:
        reference: Rows of :data:`ovoz.monitoring.reference.REFERENCE_SCHEMA`.
        bins: Of its recorded rows.

    Raises:
        ValueError: No recorded row has a word.
    """

    def __init__(self, reference: pa.Table, bins: Bins) -> None:
        self._known = _known(reference)
        self._codes = bins.codes(reference)
        self._kinds = np.array(reference["distortion"].fill_null("").to_pylist(), dtype=object)
        self._recorded: Mask = self._kinds == ""
        if not self._known.said[self._recorded].any():
            raise ValueError("the reference says nothing of errors: no word was said in it")
        self._speaker = np.arange(len(reference), dtype=np.float64)
        if reference["speaker"].null_count == 0:
            self._speaker = column(reference, "speaker")
        self._curves = self._fit(np.arange(len(reference)))
        self._drawn = [self._fit(rows) for rows in _draw_speakers(self._speaker)]
        self._dispersion = self._fit_dispersion()
        self.domains = tuple(self._left_out())
        self._spread = _fit_spread(self.domains)

    @property
    def test_set_rate(self) -> float:
        """The rate that was measured on the test set."""
        return self._known.take(self._recorded).rate()

    def shift(self, codes: Codes) -> float | None:
        """How far rows lie from the test set: 0 nowhere, 1 where everything tells them apart.

        None where there are too few rows to say.
        """
        area = separability(self._codes[self._recorded], codes)
        return None if np.isnan(area) else max(0.0, 2 * area - 1)

    def estimate(self, heard: HeardWords, shift: float) -> EstimatedRate | None:
        """The error rate of what was heard; None where no word was."""
        rate, errors = self._curves.rate(heard, shift)
        if not errors > 0:
            return None
        drawn = np.array([curves.rate(heard, shift)[0] for curves in self._drawn])
        fitted = np.var(np.log(np.maximum(drawn, 1e-6)))
        variance = fitted + self._dispersion / errors + self._spread * shift
        reach = t.ppf((1 + LEVEL) / 2, max(len(self.domains) - 1, 2)) * np.sqrt(variance)
        return EstimatedRate(rate, float(rate * np.exp(-reach)), float(rate * np.exp(reach)), shift)

    def _fit(self, rows: npt.NDArray[np.int64]) -> _Curves:
        recorded = rows[self._recorded[rows]]
        distorted = rows[~self._recorded[rows]]
        curve = ErrorCurve.fit(self._known.take(recorded))
        if not self._known.said[distorted].any():
            return _Curves(curve, curve)
        return _Curves(curve, ErrorCurve.fit(self._known.take(rows)))

    def _fit_dispersion(self) -> float:
        """Variance of a segment's errors over their expectation; 1 is Poisson's."""
        known = self._known.take(self._recorded)
        expected = known.words * self._curves.recorded.errors[known.place]
        return max(1.0, float(np.square(known.errors - expected).sum() / max(expected.sum(), 1.0)))

    def _left_out(self) -> Iterator["LeftOut"]:
        for name, domain in self._find_domains():
            known = self._known.take(domain)
            if known.said.sum() < _LEAST_WORDS:
                continue
            curves = self._fit(np.flatnonzero(~domain))
            area = separability(self._codes[self._recorded & ~domain], self._codes[domain])
            if np.isnan(area):
                continue
            shift = max(0.0, 2 * area - 1)
            estimated, errors = curves.rate(known.heard(), shift)
            ratio = (known.errors.sum() + 0.5) / (estimated * known.said.sum() + 0.5)
            yield LeftOut(
                name, shift, known.rate(), estimated, float(np.log(ratio)),
                self._dispersion / max(errors, 0.5),
            )  # fmt: skip

    def _find_domains(self) -> Iterator[tuple[str, Mask]]:
        for kind in sorted(set(self._kinds) - {""}):
            yield str(kind), self._kinds == kind
        for place, name in enumerate(COLUMNS[:-1]):
            codes = self._codes[:, place]
            low, high = np.quantile(codes[self._recorded], [_END, 1 - _END])
            for end, inside in (("low", codes < low), ("high", codes > high)):
                yield f"{end} {name}", self._recorded & inside
        talkative = np.unique(self._speaker[self._recorded], return_counts=True)
        for number in talkative[0][np.argsort(-talkative[1])][:_MOST_SPEAKERS]:
            yield "speaker", self._recorded & (self._speaker == number)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A domain that was estimated from the others.

    ``log_ratio`` is the logarithm of true over estimated rate, ``variance`` what chance adds to it.
    """

    name: str
    shift: float
    true: float
    estimated: float
    log_ratio: float
    variance: float


def _fit_spread(domains: tuple[LeftOut, ...]) -> float:
    weight = sum(one.shift**2 for one in domains)
    excess = sum(one.shift * (one.log_ratio**2 - one.variance) for one in domains)
    return max(_LEAST_SPREAD, excess / weight) if weight else 1.0


def _known(reference: pa.Table) -> Known:
    return Known(
        place=confidence_bins(reference),
        words=column(reference, "words"),
        errors=column(reference, "errors"),
        said=column(reference, "reference_words"),
        speech_s=column(reference, "duration_s") * column(reference, "speech_ratio"),
    )


def _draw_speakers(
    speaker: npt.NDArray[np.float64],
) -> Iterator[npt.NDArray[np.int64]]:
    """Rows of speakers drawn with replacement (Bisani & Ney, 2004)."""
    random = np.random.default_rng(0)
    _, number = np.unique(speaker, return_inverse=True)
    order = np.argsort(number, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(number))[:-1])
    for _ in range(_RESAMPLES):
        yield np.concatenate([rows[place] for place in random.integers(len(rows), size=len(rows))])
