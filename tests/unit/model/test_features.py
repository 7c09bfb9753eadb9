"""The features equal those of transformers' Whisper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.model.features import LogMel, LogMelConfig, mel_filters


def _speechlike(samples: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / 16_000
    tone = np.sin(2 * np.pi * (200 + 300 * time) * time) * np.hanning(samples)
    return (0.3 * tone + 0.01 * rng.standard_normal(samples)).astype(np.float32)


@pytest.mark.parametrize("hop", [160, 320])
@pytest.mark.parametrize("n_mels", [80, 128])
def test_equals_transformers_extractor(hop: int, n_mels: int) -> None:
    from transformers import WhisperFeatureExtractor

    samples = _speechlike(40_123)
    extractor = WhisperFeatureExtractor(feature_size=n_mels, hop_length=hop)
    expected = extractor(samples, sampling_rate=16_000, padding="do_not_pad", return_tensors="np")
    ours = LogMel(LogMelConfig(n_mels=n_mels, hop=hop))(samples)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected["input_features"][0], atol=2e-5)


def test_filters_equal_transformers() -> None:
    from transformers.audio_utils import mel_filter_bank

    expected = mel_filter_bank(201, 80, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    np.testing.assert_allclose(mel_filters(80), expected.T, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(samples=st.integers(1, 50_000), hop=st.sampled_from([160, 320]))
def test_any_length_gives_the_promised_frames_in_range(samples: int, hop: int) -> None:
    config = LogMelConfig(hop=hop)
    features = LogMel(config)(_speechlike(samples))
    assert features.shape == (80, config.count_frames(samples))
    assert np.isfinite(features).all()
    assert features.max() - features.min() <= 2.0 + 1e-6


def test_same_bits_every_time() -> None:
    samples = _speechlike(32_000)
    first, second = LogMel(LogMelConfig())(samples), LogMel(LogMelConfig())(samples.copy())
    assert first.tobytes() == second.tobytes()


def test_silence_is_flat() -> None:
    features = LogMel(LogMelConfig())(np.zeros(16_000, np.float32))
    assert np.ptp(features) == 0


def test_rejects_stereo_and_nan() -> None:
    with pytest.raises(ValueError, match="mono"):
        LogMel(LogMelConfig())(np.zeros((2, 100), np.float32))
    with pytest.raises(ValueError, match="NaN"):
        LogMel(LogMelConfig())(np.full(1000, np.nan, np.float32))
