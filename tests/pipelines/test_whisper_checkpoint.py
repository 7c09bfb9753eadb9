"""A checkpoint with the layout of openai/whisper-tiny goes through the whole of training."""

from pathlib import Path

import onnx
import pytest
import torch
from transformers import (
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from ovoz.decoding.config import DecoderConfig
from ovoz.engine.load import load_engine
from ovoz.model.checkpoint import load_checkpoint
from ovoz.model.config import LoraConfig

from ..whisper_folder import whisper_tokenizer
from .test_runs import SMOKE, registry, run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def whisper_tiny(tmp_path_factory) -> Path:
    """Random weights in the shape, the vocabulary and the files that the hub has."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub") / "whisper-tiny"
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=51865, num_mel_bins=80, d_model=384, encoder_layers=4, decoder_layers=4,
            encoder_attention_heads=6, decoder_attention_heads=6, encoder_ffn_dim=1536,
            decoder_ffn_dim=1536, max_source_positions=1500, max_target_positions=448,
        )
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer = whisper_tokenizer()
    assert tokenizer.convert_tokens_to_ids("<|notimestamps|>") == 50363
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def profile(whisper_tiny, tmp_path_factory):
    training = SMOKE["training"] | {
        "network": {
            "base_model": str(whisper_tiny),
            "head": "hybrid",
            "adapter": {"kind": "lora", "rank": 4},
        },
        "layer_decay": 0.8,
        "stages": [
            {"name": "clean", "steps": 4},
            {"name": "mixed-only", "steps": 4, "select": {"languages": ["mixed"]}},
        ],
    }

    def write(**changes: object) -> Path:
        path = tmp_path_factory.mktemp("profile") / "whisper.yaml"
        return write_profile(path, training=training, **changes)

    return write


@pytest.fixture(scope="module")
def workspace(profile, tmp_path_factory) -> Path:
    workspace = tmp_path_factory.mktemp("whisper")
    done = run(workspace, profile(), "training")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return workspace


def test_two_stages_leave_the_base_and_train_the_adapter(workspace, whisper_tiny) -> None:
    (last,) = (workspace / ".ovoz/training").glob("mixed-only-*/checkpoint")
    network = load_checkpoint(last).network
    assert network.config.adapter == LoraConfig(rank=4)
    assert (network.config.d_model, network.config.layers, network.config.hop) == (384, 4, 160)
    hub = WhisperForConditionalGeneration.from_pretrained(whisper_tiny).model.encoder.state_dict()
    ours = network.encoder.state_dict()
    assert (
        network.attention.decoder.layers[3].self_attn.q_proj.lora_B.default.weight.abs().sum() > 0
    )
    assert network.config.attention.vocabulary == 51865
    assert torch.equal(ours["layers.3.fc1.weight"], hub["layers.3.fc1.weight"])
    base = ours["layers.3.self_attn.q_proj.base_layer.weight"]
    assert torch.equal(base, hub["layers.3.self_attn.q_proj.weight"])
    assert ours["layers.3.self_attn.q_proj.lora_B.default.weight"].abs().sum() > 0


def test_the_artifact_is_merged_and_transcribes(workspace) -> None:
    (model,) = (workspace / ".ovoz").glob("registered/encoder.onnx")
    names = {tensor.name for tensor in onnx.load(model).graph.initializer}
    assert not any("lora" in name for name in names)
    engine = load_engine(model.parent)
    (transcript,) = engine.transcribe([torch.zeros(16_000).numpy()])
    assert transcript.model_version
    attention = load_engine(model.parent, decoder=DecoderConfig.best_path(ctc=False))
    (written,) = attention.transcribe([torch.zeros(16_000).numpy()])
    assert written.model_version == transcript.model_version


def test_gates_fail_honestly(workspace, profile) -> None:
    versions = len(registry(workspace).versions())
    done = run(workspace, profile(gates={}), "training")
    assert done.returncode == 1
    assert "wer.uz" in done.stdout
    assert "train_clean" not in done.stdout.replace("✓ train_clean  unchanged", "")
    assert len(registry(workspace).versions()) == versions
