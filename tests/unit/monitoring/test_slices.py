"""Which callers changed, and since when."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.monitoring.bins import BINS, COLUMNS, Bins
from ovoz.monitoring.change_point import change_day
from ovoz.monitoring.slices import count_slices, shifted_slices

from .test_drift import drawn

SNR = COLUMNS.index("snr_db")


def moved(table: pa.Table, inside: np.ndarray, by: float) -> pa.Table:
    place = table.schema.get_field_index("snr_db")
    values = np.asarray(table["snr_db"].to_numpy()) + by * inside
    return table.set_column(place, "snr_db", pa.array(values, pa.float32()))


@pytest.mark.parametrize("changed", ["language=ru", "way=job"])
def test_the_slice_that_changed_comes_first(changed: str) -> None:
    reference, table = drawn(800, 1), drawn(800, 2)
    bins = Bins.of(reference)
    ways = np.where(np.random.default_rng(3).random(800) < 0.3, "job", "http")
    kind, _, value = changed.partition("=")
    names = ways if kind == "way" else np.array(table["language"].to_pylist())
    table = moved(table, names == value, -4.0)
    sliced = count_slices(bins.codes(table), pa.chunked_array([ways.tolist()]))
    found = shifted_slices(bins.codes(reference), bins, sliced, SNR)
    assert found[0].name == changed
    assert found[0].segments == (names == value).sum()
    assert found[0].distance > 2 * found[1].distance
    np.testing.assert_array_equal(sliced[:BINS].sum(axis=0), sliced[BINS:].sum(axis=0))


def test_small_slices_are_not_shown_and_the_language_is_compared_by_way_alone() -> None:
    reference = drawn(300, 1)
    bins = Bins.of(reference)
    codes = bins.codes(drawn(60, 2))
    sliced = count_slices(codes, pa.chunked_array([["socket"] * 10 + ["http"] * 50]))
    named = {one.name for one in shifted_slices(codes, bins, sliced, COLUMNS.index("language"))}
    assert named == {"way=http"}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 28), st.integers(0, 99))
def test_the_day_of_a_change_is_found(day: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    before, after = np.full(BINS, 1 / BINS), np.r_[np.full(8, 1.5), np.full(8, 0.5)] / BINS
    counts = np.stack([random.multinomial(400, before if at < day else after) for at in range(30)])
    found = change_day(counts.astype(float), 1_000 * before)
    assert abs(found - day) <= 1


def test_what_was_never_like_the_reference_changed_on_the_first_day() -> None:
    random = np.random.default_rng(1)
    after = np.r_[np.full(8, 1.8), np.full(8, 0.2)] / BINS
    counts = np.stack([random.multinomial(300, after) for _ in range(30)]).astype(float)
    assert change_day(counts, np.full(BINS, 50.0)) == 0
    counts[:4] = 0
    assert change_day(counts, np.full(BINS, 50.0)) == 4, "days without traffic say nothing"
    assert change_day(np.zeros((3, BINS)), np.full(BINS, 50.0)) == 0
