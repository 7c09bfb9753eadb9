"""Checkpoints round-trip, and damaged ones are refused with the reason."""

from pathlib import Path

import pytest
import torch

from ovoz.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from ovoz.model.config import HeadKind, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer

TOKENIZER = CharTokenizer.from_alphabet("abcd")
SHAPE = NetworkConfig(d_model=8, layers=1, heads=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_checkpoint(initialize_network(SHAPE, TOKENIZER), tmp_path / "checkpoint")


def test_round_trip(folder: Path) -> None:
    start = initialize_network(SHAPE, TOKENIZER)
    network = start.network
    save_checkpoint(start, folder)  # replaces the older one
    loaded = load_checkpoint(folder)
    assert loaded.tokenizer == TOKENIZER
    assert loaded.network.config == network.config
    assert not loaded.network.training
    for name, weight in network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], weight)
    assert [path.name for path in folder.parent.iterdir()] == ["checkpoint"]


@pytest.mark.parametrize("head", ["attention", "hybrid"])
def test_an_attention_head_comes_back_with_its_tokens(tmp_path: Path, head: str) -> None:
    start = initialize_network(SHAPE.model_copy(update={"head": HeadKind(head)}), TOKENIZER)
    loaded = load_checkpoint(save_checkpoint(start, tmp_path / head))
    assert loaded.tokens == start.tokens
    assert loaded.tokens.decode(start.tokens.encode("ab cd")) == "ab cd"
    for name, weight in start.network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], weight)
    (tmp_path / head / "tokens.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"tokens\.json"):
        load_checkpoint(tmp_path / head)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "empty", "garbage"])
def test_damaged_file_is_named(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    path.unlink()
    if damage != "missing":
        path.write_bytes(b"" if damage == "empty" else b"\x00garbage")
    with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
        load_checkpoint(folder)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    other = NetworkConfig(d_model=16, layers=1, heads=2)
    (folder / "config.json").write_text(other.model_dump_json())
    with pytest.raises(CheckpointError, match="does not fit"):
        load_checkpoint(folder)
