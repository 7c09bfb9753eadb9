"""Augmentation: repeatable, bounded, and doing what its name says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.augment import (
    AugmentConfig,
    Codec,
    add_noise,
    add_room,
    augment,
    change_speed,
    telephone_band,
    through_codec,
)

SPEECH = (
    0.2 * np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000)
    + 0.2 * np.sin(2 * np.pi * 5_000 * np.arange(16_000) / 16_000)
).astype(np.float32)
ALWAYS = AugmentConfig(
    speed_share=1, room_share=1, noise_share=1, telephone_share=1, codec_share=1, gain_share=1
)


def power(samples: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(400, 20_000))
def test_same_generator_same_result_within_bounds(seed: int, length: int) -> None:
    signal = np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)
    config = ALWAYS.model_copy(update={"codecs": (Codec.MU_LAW, Codec.GSM)})
    one, two = (augment(signal, config, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.dtype == np.float32
    assert np.abs(one).max() <= 1
    assert 0.85 * length < len(one) < 1.2 * length


def test_nothing_happens_at_share_zero() -> None:
    never = AugmentConfig(
        speed_share=0, room_share=0, noise_share=0, telephone_share=0, codec_share=0, gain_share=0
    )
    assert np.array_equal(augment(SPEECH, never, np.random.default_rng(1)), SPEECH)


def test_noise_has_the_level_asked() -> None:
    noisy = add_noise(SPEECH, 10.0, np.random.default_rng(3))
    noise = noisy - SPEECH
    measured = 10 * np.log10(np.mean(SPEECH**2) / np.mean(noise**2))
    assert measured == pytest.approx(10, abs=0.1)


def test_telephone_keeps_its_band_only() -> None:
    narrow = telephone_band(SPEECH)
    assert len(narrow) == len(SPEECH)
    assert power(narrow, 4_500, 5_500) < 1e-3 * power(SPEECH, 4_500, 5_500)


def test_speed_changes_length() -> None:
    assert len(change_speed(SPEECH, 1.25)) == pytest.approx(16_000 / 1.25, abs=5)


def test_room_adds_a_tail_and_keeps_the_level() -> None:
    click = np.zeros(16_000, np.float32)
    click[1000] = 0.5
    wet = add_room(click, 0.4, np.random.default_rng(1))
    assert np.abs(wet[2000:6000]).max() > 0
    assert np.sqrt(np.mean(wet**2)) == pytest.approx(np.sqrt(np.mean(click**2)), rel=0.01)


@pytest.mark.parametrize("codec", list(Codec))
def test_codec_keeps_length_and_sound(codec: Codec) -> None:
    coded = through_codec(SPEECH, codec)
    assert len(coded) == len(SPEECH)
    assert power(coded, 150, 250) > 0.3 * power(SPEECH, 150, 250)


def test_shares_are_checked() -> None:
    with pytest.raises(ValueError, match="noise_share"):
        AugmentConfig(noise_share=1.5)
