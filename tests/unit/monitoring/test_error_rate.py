"""The error rate without labels: right where confidence is, and honest where it may not be."""

import dataclasses
import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.monitoring.bins import Bins
from ovoz.monitoring.domain import SeparabilityLimit, separability
from ovoz.monitoring.error_curve import ErrorCurve, Known
from ovoz.monitoring.error_rate import ErrorRateEstimator
from ovoz.monitoring.heard_words import CONFIDENCE_BINS, HeardWords
from ovoz.monitoring.reference import REFERENCE_SCHEMA, recorded_rows
from ovoz.monitoring.traffic_days import SAMPLE_ROWS, TrafficPart

from .test_drift import drawn

WORDS = 8


def spoken(rows: int, seed: int, doubt: float, trust: float = 1.0, kind: str = "") -> pa.Table:
    """Segments of eight words, of which ``trust`` times the doubtful share is wrong."""
    random = np.random.default_rng(seed)
    confidence = np.clip(1 - random.gamma(2, doubt / 2, rows), 0.02, 1.0)
    errors = random.binomial(WORDS, np.clip(trust * (1 - confidence), 0, 1))
    told = {
        "confidence": confidence, "words": np.full(rows, WORDS), "errors": errors,
        "reference_words": np.full(rows, WORDS), "speaker": random.integers(40, size=rows),
        "distortion": [kind] * rows,
        "duration_s": np.full(rows, 4.0), "speech_ratio": np.full(rows, 0.8),
    }  # fmt: skip
    features = drawn(rows, seed)
    columns = {name: features[name] for name in features.schema.names}
    table = pa.table(columns | told).select(REFERENCE_SCHEMA.names).cast(REFERENCE_SCHEMA)
    return table.append_column("way", pa.array(["http"] * rows))


def shifted(table: pa.Table, by: float) -> pa.Table:
    place = table.schema.get_field_index("snr_db")
    moved = np.asarray(table["snr_db"].to_numpy()) - by
    return table.set_column(place, "snr_db", pa.array(moved, pa.float32()))


def true_rate(table: pa.Table) -> float:
    return float(np.sum(table["errors"].to_numpy()) / np.sum(table["reference_words"].to_numpy()))


def opened(reference: pa.Table) -> tuple[ErrorRateEstimator, Bins]:
    bins = Bins.of(recorded_rows(reference))
    return ErrorRateEstimator(reference, bins), bins


@pytest.fixture(scope="module")
def with_distortions() -> tuple[ErrorRateEstimator, Bins]:
    parts = [spoken(400, 1, 0.15)]
    for number, kind in enumerate(("noisy-0db", "telephone", "codec")):
        trust = (2.5, 1.5, 1.2)[number]
        parts.append(shifted(spoken(60, 10 + number, 0.2, trust, kind), 8.0))
    return opened(pa.concat_tables(parts))


@pytest.mark.parametrize("doubt", [0.1, 0.15, 0.25])
def test_unshifted_traffic_is_estimated_closely(
    with_distortions: tuple[ErrorRateEstimator, Bins], doubt: float
) -> None:
    estimator, bins = with_distortions
    traffic = spoken(800, 99, doubt)
    part = TrafficPart.of(traffic, bins, 0)
    told = estimator.estimate(part.heard, 0.0)
    assert told is not None
    assert told.low < true_rate(traffic) < told.high
    assert told.rate == pytest.approx(true_rate(traffic), abs=0.03)
    assert told.high - told.low < 0.12


def test_far_sound_moves_the_estimate_and_widens_the_interval(
    with_distortions: tuple[ErrorRateEstimator, Bins],
) -> None:
    estimator, bins = with_distortions
    traffic = shifted(spoken(600, 98, 0.2, trust=2.0), 8.0)
    part = TrafficPart.of(traffic, bins, 0)
    shift = estimator.shift(part.sample)
    assert shift is not None
    assert shift > 0.9
    near, far = estimator.estimate(part.heard, 0.0), estimator.estimate(part.heard, shift)
    assert near is not None
    assert far is not None
    assert near.high < true_rate(traffic), "confidence alone promises too much"
    assert far.low < true_rate(traffic) < far.high
    assert far.high / far.low > 1.5 * near.high / near.low


def test_without_distorted_clips_the_ends_of_features_say_how_wide() -> None:
    estimator, bins = opened(spoken(400, 1, 0.15))
    assert {one.name.partition(" ")[0] for one in estimator.domains} == {"low", "high"}
    part = TrafficPart.of(spoken(300, 2, 0.15), bins, 0)
    told = [estimator.estimate(part.heard, shift) for shift in (0.0, 0.5, 1.0)]
    widths = [one.high / one.low for one in told if one is not None]
    assert len(widths) == 3
    assert widths == sorted(widths)


def test_silent_segments_count_by_their_speech() -> None:
    estimator, bins = opened(spoken(300, 1, 0.1))
    mute = spoken(100, 2, 0.1)
    place = mute.schema.get_field_index("words")
    mute = mute.set_column(place, "words", pa.array([0] * 100, pa.int32()))
    told = estimator.estimate(TrafficPart.of(mute, bins, 0).heard, 0.0)
    assert told is not None
    assert told.rate == pytest.approx(1.0)
    assert estimator.estimate(HeardWords.none(), 0.0) is None


def test_references_of_before_have_neither_speakers_nor_distortions() -> None:
    table = spoken(300, 1, 0.1).drop_columns(["speaker", "distortion"])
    for name in ("speaker", "distortion"):
        table = table.append_column(name, pa.nulls(300, REFERENCE_SCHEMA.field(name).type))
    estimator, _ = opened(table)
    assert estimator.test_set_rate == pytest.approx(true_rate(table))


def test_a_reference_in_which_nothing_is_said_is_refused() -> None:
    table = spoken(30, 1, 0.1)
    place = table.schema.get_field_index("reference_words")
    table = table.set_column(place, "reference_words", pa.array([0] * 30, pa.int32()))
    with pytest.raises(ValueError, match="no word was said"):
        opened(table)


@settings(max_examples=25)
@given(st.integers(2, 60), st.integers(0, 99), st.integers(1, 5))
def test_parts_add_up_however_they_are_cut(rows: int, seed: int, parts: int) -> None:
    table = spoken(rows, seed, 0.2)
    bins = Bins.of(table)
    whole = TrafficPart.of(table, bins, 1)
    cuts = np.linspace(0, rows, parts + 1).astype(int)
    summed = TrafficPart.none()
    for start, end in itertools.pairwise(cuts):
        summed = summed + TrafficPart.of(table.slice(start, end - start), bins, int(start))
    np.testing.assert_allclose(summed.heard.words, whole.heard.words)
    np.testing.assert_array_equal(summed.counts, whole.counts)
    np.testing.assert_array_equal(summed.sliced, whole.sliced)
    assert summed.heard.segments == rows
    assert len(summed.sample) == min(rows, SAMPLE_ROWS)


@settings(max_examples=25)
@given(st.integers(0, 999))
def test_curves_fall_with_confidence(seed: int) -> None:
    random = np.random.default_rng(seed)
    words = random.integers(0, 9, 50).astype(float)
    errors = np.minimum(random.integers(0, 9, 50), words + 2).astype(float)
    place = random.integers(CONFIDENCE_BINS, size=50)
    curve = ErrorCurve.fit(Known(place, words, errors, words + 1, np.full(50, 2.0)))
    assert (np.diff(curve.errors) <= 1e-9).all()
    assert (curve.errors >= 0).all()


def test_a_classifier_tells_what_differs_and_nothing_else() -> None:
    reference = drawn(500, 1)
    bins = Bins.of(reference)
    codes = bins.codes(reference)
    limit = SeparabilityLimit.fit(codes, days=30, false_alarms=0.02)
    threshold = limit.of(300)
    assert limit.of(50) > threshold
    assert 0.5 < threshold < 0.75
    same = [separability(codes, bins.codes(drawn(300, seed))) for seed in range(2, 8)]
    assert max(same) < threshold
    assert separability(codes, bins.codes(drawn(300, 9, snr_db=2.0))) > threshold
    assert np.isnan(separability(codes, bins.codes(drawn(5, 9))))


def test_the_interval_names_its_shift() -> None:
    estimator, bins = opened(spoken(200, 1, 0.1))
    told = estimator.estimate(TrafficPart.of(spoken(50, 2, 0.1), bins, 0).heard, 0.25)
    assert told is not None
    assert dataclasses.asdict(told)["shift"] == 0.25
