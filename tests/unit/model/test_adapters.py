"""Adapters: no effect until trained, trainable alone, merged or kept at export."""

import pytest
import torch

from ovoz.model.adapters import is_adapter_parameter
from ovoz.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ovoz.model.config import BottleneckConfig, LoraConfig, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer

TOKENIZER = CharTokenizer.from_alphabet("abcd")
BASE = NetworkConfig(d_model=16, layers=2, heads=2)
ADAPTERS = [BottleneckConfig(dim=4), LoraConfig(rank=2, alpha=4)]


@pytest.fixture
def base(tmp_path):
    torch.manual_seed(0)
    return save_checkpoint(initialize_network(BASE, TOKENIZER), tmp_path / "base")


def started(config, tokenizer=TOKENIZER):
    return initialize_network(config, tokenizer).network


def saved(network, folder):
    return load_checkpoint(save_checkpoint(Checkpoint(network, TOKENIZER), folder)).network


def heard(network):
    features = torch.randn(2, 80, 60, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        return network.eval()(features, torch.tensor([60, 41]))[0]


def trained(network, steps=3):
    """A few steps of anything, so that the adapter is no longer the identity."""
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.5)
    network.train()
    for step in range(steps):
        features = torch.randn(2, 80, 60, generator=torch.Generator().manual_seed(step))
        network(features, torch.tensor([60, 60]))[0].pow(2).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return network


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.kind)
def test_a_new_adapter_changes_nothing(base, adapter) -> None:
    plain = started(NetworkConfig(base_model=str(base)), TOKENIZER)
    adapted = started(NetworkConfig(base_model=str(base), adapter=adapter), TOKENIZER)
    assert torch.equal(heard(plain), heard(adapted))
    assert adapted.config.adapter == adapter
    assert (adapted.config.d_model, adapted.config.layers) == (16, 2)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.kind)
def test_only_adapters_and_head_learn_on_a_frozen_base(base, adapter) -> None:
    network = started(NetworkConfig(base_model=str(base), adapter=adapter), TOKENIZER)
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    network.freeze_base()
    trained(network)
    changed = {n for n, w in network.state_dict().items() if not torch.equal(w, before[n])}
    assert changed
    assert all(is_adapter_parameter(name) or name.startswith("head.") for name in changed)
    assert any(is_adapter_parameter(name) for name in changed)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.kind)
def test_a_trained_adapter_is_saved_and_merged_without_changing_a_result(
    base, adapter, tmp_path
) -> None:
    network = started(NetworkConfig(base_model=str(base), adapter=adapter), TOKENIZER)
    trained(network)
    said = heard(network)
    loaded = load_checkpoint(
        save_checkpoint(Checkpoint(network, TOKENIZER), tmp_path / "adapted")
    ).network
    assert torch.equal(heard(loaded), said)
    loaded.merge_lora()
    torch.testing.assert_close(heard(loaded), said, atol=1e-5, rtol=1e-4)
    assert not any(".lora_" in name for name in loaded.state_dict())
    again = load_checkpoint(
        save_checkpoint(Checkpoint(loaded, TOKENIZER), tmp_path / "merged")
    ).network
    assert torch.equal(heard(again), heard(loaded))


def test_a_target_that_is_not_there_is_named(base) -> None:
    with pytest.raises(ValueError, match="no_such_proj"):
        initialize_network(
            NetworkConfig(base_model=str(base), adapter=LoraConfig(targets=("no_such_proj",))),
            TOKENIZER,
        )


def test_new_symbols_change_no_result_of_the_base(base) -> None:
    wider = CharTokenizer.from_alphabet("abcdefʻ")
    old, new = (started(NetworkConfig(base_model=str(base)), one) for one in (TOKENIZER, wider))
    before, after = heard(old), heard(new)
    kept = [0, *(wider.symbols.index(symbol) + 1 for symbol in TOKENIZER.symbols)]
    torch.testing.assert_close(after[..., kept], before, atol=0.01, rtol=0)
    assert after.exp()[..., [i for i in range(wider.size) if i not in kept]].max() < 0.01
    assert new.classes == wider.size
