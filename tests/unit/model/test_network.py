"""Batches, padding and base checkpoints do not change the results of the network."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from transformers import WhisperConfig, WhisperModel

from ovoz.model.config import NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.network import SpeechNetwork
from ovoz.model.tokenizer import CharTokenizer

TOKENIZER = CharTokenizer.from_alphabet("abcdefg")
TINY = NetworkConfig(d_model=16, layers=2, heads=2, max_positions=200)


@pytest.fixture(scope="module")
def network() -> SpeechNetwork:
    torch.manual_seed(0)
    return SpeechNetwork(TINY, classes=7).eval()


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=4), extra=st.integers(0, 30))
def test_padding_and_neighbours_change_nothing(
    network: SpeechNetwork, lengths: list[int], extra: int
) -> None:
    torch.manual_seed(sum(lengths))
    rows = [torch.randn(TINY.n_mels, length) for length in lengths]
    batch = torch.randn(len(rows), TINY.n_mels, max(lengths) + extra)  # garbage as padding
    for number, row in enumerate(rows):
        batch[number, :, : row.shape[1]] = row
    with torch.no_grad():
        together, out_lengths = network(batch, torch.tensor(lengths))
        for number, row in enumerate(rows):
            alone, (frames,) = network(row[None], torch.tensor([row.shape[1]]))
            assert out_lengths[number] == frames == alone.shape[1]
            torch.testing.assert_close(together[number, :frames], alone[0], atol=1e-5, rtol=1e-4)


def test_log_probs_are_a_distribution(network: SpeechNetwork) -> None:
    log_probs, _ = network(torch.randn(2, 80, 33), torch.tensor([33, 20]))
    assert log_probs.shape == (2, 17, 7)
    torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(2, 17))


def test_full_length_equals_whispers_own_forward(network: SpeechNetwork) -> None:
    features = torch.randn(1, TINY.n_mels, TINY.max_frames)
    lengths = torch.tensor([TINY.max_frames])
    with torch.no_grad():
        expected = network.encoder(features).last_hidden_state
        ours, _ = network.encode(features, lengths)
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-4)


def test_dropout_is_for_training_alone() -> None:
    torch.manual_seed(0)
    network = SpeechNetwork(TINY, classes=7)
    network.set_dropout(0.5)
    signal = torch.randn(1, TINY.n_mels, 40), torch.tensor([40])
    with torch.no_grad():
        once, again = (network.train().encode(*signal)[0] for _ in range(2))
        assert not torch.equal(once, again)
        once, again = (network.eval().encode(*signal)[0] for _ in range(2))
        assert torch.equal(once, again)


def test_starts_from_a_whisper_checkpoint(tmp_path: Path) -> None:
    config = WhisperConfig(
        d_model=32, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=128,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=64, vocab_size=64,
        max_source_positions=50, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=1,
    )  # fmt: skip
    base = WhisperModel(config)
    base.save_pretrained(tmp_path / "base")
    start = initialize_network(NetworkConfig(base_model=str(tmp_path / "base")), TOKENIZER)
    network = start.network
    assert (network.config.d_model, network.config.layers, network.config.hop) == (32, 1, 160)
    assert network.config.ffn_dim == 128
    weights = base.encoder.state_dict()
    assert set(weights) == set(network.encoder.state_dict())
    assert all(torch.equal(network.encoder.state_dict()[k], v) for k, v in weights.items())


def test_missing_base_is_named() -> None:
    with pytest.raises(ValueError, match="no/such"):
        initialize_network(NetworkConfig(base_model="/no/such"), TOKENIZER)


def test_width_must_fit_heads() -> None:
    with pytest.raises(ValidationError, match="divisible"):
        NetworkConfig(d_model=30, heads=4)


@pytest.mark.slow
def test_exports_to_onnx_with_any_batch_and_length(network: SpeechNetwork, tmp_path: Path) -> None:
    import onnxruntime

    batch, frames = torch.export.Dim("batch"), torch.export.Dim("frames", max=TINY.max_frames)
    path = tmp_path / "network.onnx"
    torch.onnx.export(
        network, (torch.randn(2, 80, 40), torch.tensor([40, 31])), path, dynamo=True,
        input_names=["features", "lengths"], output_names=["log_probs", "out_lengths"],
        dynamic_shapes=({0: batch, 2: frames}, {0: batch}),
    )  # fmt: skip
    session = onnxruntime.InferenceSession(path)
    for size, length in [(1, 7), (3, 121), (1, 1)]:
        features = torch.randn(size, 80, length)
        lengths = torch.arange(length, length - size, -1).clamp(min=1)
        with torch.no_grad():
            expected, _ = network(features, lengths)
        feed = {"features": features.numpy(), "lengths": lengths.numpy()}
        got = torch.from_numpy(session.run(None, feed)[0])
        torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-3)
