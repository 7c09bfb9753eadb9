"""A month of traffic drawn from a pool, and its first alarm."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.drift_months.pool import Pool
from ovoz.monitoring.bins import BINS, COLUMNS, Bins, Codes, Counts
from ovoz.monitoring.drift import DriftConfig, find_drift
from ovoz.monitoring.traffic_days import SAMPLE_ROWS

DAYS: Final = 30
BEFORE: Final = 10
REFERENCE_ROWS: Final = 1_000
BOOTSTRAPPED: Final = 250
"""Months that each threshold comes from; the product takes 400, which costs as much more."""
NIGHT: Final = 0.3
"""Share of segments in which callers are outside at night: noise 10 dB louder."""
Times = npt.NDArray[np.int64]
Random = np.random.Generator


def draw(weights: npt.NDArray[np.float64], rows: int, random: Random) -> Times:
    """How often each row of a table is drawn for a day."""
    positive = np.maximum(weights, 0)
    times: Times = random.multinomial(rows, positive / positive.sum())
    return times


def sample(codes: Codes, times: Times, random: Random) -> Codes:
    """At most as many of the drawn rows as the product keeps of a day."""
    drawn = np.repeat(np.arange(len(codes)), np.minimum(times, SAMPLE_ROWS))
    kept: Codes = codes[random.permutation(drawn)[:SAMPLE_ROWS]]
    return kept


def count_drawn(codes: Codes, times: Times) -> Counts:
    """Counts of a day, [columns, bins]."""
    flat = codes + BINS * np.arange(len(COLUMNS))
    weighted = np.repeat(times, len(COLUMNS))
    counted = np.bincount(flat.ravel(), weighted, minlength=len(COLUMNS) * BINS)
    return counted.reshape(len(COLUMNS), BINS).astype(np.float64)


@dataclass(frozen=True)
class Month:
    """A reference, and thirty days: their counts, and their rows as times that each was drawn."""

    reference: Codes
    counts: Counts
    rows: list[Codes]


def simulate(pool: Pool, shift: str | None, rows: int, share: float, seed: int) -> Month:
    """A month of so many segments a day, of which a share is shifted from the eleventh day on."""
    random = np.random.default_rng([seed, rows])
    whole, even = pool.base, np.full(pool.base.num_rows, 1 / pool.base.num_rows)
    other, weights = (whole, even) if shift is None else pool.weights(shift)
    nights = shift == "night and day"
    share = 1.0 if shift == "code-switching doubled" else share
    drawn = whole.take(random.choice(whole.num_rows, REFERENCE_ROWS))
    if nights:
        dark = round(NIGHT * REFERENCE_ROWS)
        late = other.take(random.choice(other.num_rows, dark))
        drawn = pa.concat_tables([drawn.slice(dark), late])
    bins = Bins.of(drawn)
    both = np.concatenate([bins.codes(whole), bins.codes(other)])
    times = []
    for day in range(DAYS):
        begun = nights or (shift is not None and day >= BEFORE)
        changed = random.binomial(rows, NIGHT if nights else share) if begun else 0
        parts = draw(even, rows - changed, random), draw(weights, changed, random)
        times.append(np.concatenate(parts))
    counts = np.stack([count_drawn(both, drawn) for drawn in times])
    samples = [sample(both, drawn, random) for drawn in times]
    return Month(bins.codes(drawn), counts, samples)


def first_alarm(month: Month, shift: str | None, seed: int) -> int | None:
    """The first day with an alarm, from 0; None where a month has none.

    Without a shift, and at night, an alarm is a false one; with a shift, alarms before it are not
    looked at.
    """
    config = DriftConfig(months=BOOTSTRAPPED, seed=seed)
    alarms = find_drift(month.reference, month.counts, config)
    unchanged = shift in (None, "night and day")
    looked = [one.day for one in alarms if unchanged or one.day >= BEFORE]
    return min(looked, default=None)
