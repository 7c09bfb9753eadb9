"""Quality measures of signals with known values."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ovoz.audio.augment import Noise, apply_telephone_band, make_noise
from ovoz.audio.measures import measure


def test_sine() -> None:
    time_s = np.arange(32_000) / 16_000
    measured = measure((0.5 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32))
    assert measured.duration_s == 2.0
    assert measured.rms_dbfs == pytest.approx(-9.03, abs=0.05)
    assert measured.bandwidth_hz == pytest.approx(1000, abs=250)
    assert measured.clipped_ratio == 0
    assert measured.speech_ratio == 1.0


def test_snr_is_the_step_between_loud_and_quiet() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(32_000).astype(np.float32) * 0.001
    noise[16_000:] *= 100
    assert measure(noise).snr_db == pytest.approx(40, abs=1)


def test_bandwidth_separates_telephone_speech() -> None:
    rng = np.random.default_rng(1)
    # As in a voice, the level falls with the frequency.
    wide = make_noise(Noise.PINK, 48_000, rng) * np.float32(0.1)
    assert measure(wide).bandwidth_hz > 6_000
    assert 3_000 < measure(apply_telephone_band(wide)).bandwidth_hz < 4_000


def test_nan_samples_still_give_finite_measures() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1e30] * 1000, np.float32)
    assert np.isfinite(astuple(measure(odd))).all()


def test_clipping_and_silence() -> None:
    square = np.ones(1600, np.float32)
    assert measure(square).clipped_ratio == 1.0
    silent = measure(np.zeros(1600, np.float32))
    assert (silent.speech_ratio, silent.rms_dbfs, silent.bandwidth_hz) == (0.0, -100.0, 0.0)


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, st.integers(0, 3000), elements=st.floats(-1, 1, width=32)))
def test_always_finite_and_in_range(samples: np.ndarray) -> None:
    measured = measure(samples)
    assert 0 <= measured.snr_db <= 100
    assert -100 <= measured.rms_dbfs <= 1e-6
    assert 0 <= measured.clipped_ratio <= 1
    assert 0 <= measured.bandwidth_hz <= 8000
    assert 0 <= measured.speech_ratio <= 1
