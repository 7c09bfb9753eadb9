"""Speaker encoders: the three layouts, and what is none of them."""

import numpy as np
import pytest

from ovoz.speakers.encoder import EncoderError, EncoderLayout, SpeakerEncoder
from ovoz.speakers.fbank import compute_fbank

from .encoders import SIZE, write_fbank_encoder, write_signal_encoder

NOISE = np.random.default_rng(1).standard_normal((20, 16_000)).astype(np.float32) * 0.1


@pytest.mark.parametrize(
    ("inputs", "outputs", "framework", "layout"),
    [
        ("feats", "embs", "", EncoderLayout.WESPEAKER),
        ("feature", "embedding", "", EncoderLayout.THREE_D_SPEAKER),
        ("x", "embedding", "3d-speaker", EncoderLayout.THREE_D_SPEAKER),
        ("feats", "embs", "unheard-of", EncoderLayout.WESPEAKER),
    ],
)
def test_layouts_of_others_are_fed_features(tmp_path, inputs, outputs, framework, layout):
    path = write_fbank_encoder(tmp_path / "e.onnx", inputs, outputs, framework=framework)
    encoder = SpeakerEncoder(path)
    assert encoder.layout is layout
    embedded = encoder.embed(NOISE)  # more than one batch
    assert embedded.shape == (len(NOISE), SIZE)
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(embedded[17], encoder.embed(NOISE[17:18])[0], atol=1e-5)


def test_our_layout_is_fed_the_signal(tmp_path):
    encoder = SpeakerEncoder(write_signal_encoder(tmp_path / "e.onnx"))
    assert encoder.layout is EncoderLayout.OVOZ
    assert encoder.embed(NOISE).shape == (len(NOISE), 64)
    assert len(encoder.embed(NOISE[:0])) == 0


@pytest.mark.parametrize(
    ("inputs", "outputs", "bands", "told"),
    [
        ("mel", "vector", 80, "no known layout: samples to embedding; feats to embs"),
        ("feats", "embs", 40, r"has the shape \['n', 'frames', 40\]"),
        ("samples", "embedding", 80, "has the shape"),
    ],
)
def test_another_layout_is_refused(tmp_path, inputs, outputs, bands, told):
    path = write_fbank_encoder(tmp_path / "e.onnx", inputs, outputs, bands=bands)
    with pytest.raises(EncoderError, match=told):
        SpeakerEncoder(path)


def test_what_is_no_network_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="there is no speaker encoder at"):
        SpeakerEncoder(tmp_path / "nowhere.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(EncoderError, match="not an ONNX network"):
        SpeakerEncoder(tmp_path / "text.onnx")


def test_features_have_no_mean_and_do_not_depend_on_the_scale():
    signal = NOISE[0]
    features = compute_fbank(signal, "hamming", as_int16=True)
    assert features.shape == (98, 80)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    unscaled = compute_fbank(signal, "hamming", as_int16=False)
    np.testing.assert_allclose(features, unscaled, atol=1e-3)
    assert np.abs(features - compute_fbank(signal, "povey", as_int16=True)).max() > 0.01
