"""Initialization of a network: random weights, a Whisper checkpoint, or an Ovoz checkpoint."""

from pathlib import Path
from typing import Final

import torch
from torch import nn

from ovoz.model.attention import AttentionHead
from ovoz.model.checkpoint import Checkpoint, load_checkpoint
from ovoz.model.checkpoint_folder import is_checkpoint
from ovoz.model.config import SCRATCH, NetworkConfig
from ovoz.model.network import SpeechNetwork
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer
from ovoz.model.whisper import load_whisper, load_whisper_tokens, read_shape, to_whisper_config
from ovoz.text.symbols import BLANK

_NEW_SYMBOL_BIAS: Final = -8.0
"""Keeps symbols that are new to the base improbable until they are trained."""


def initialize_network(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    """Build the network that ``config`` describes, with a CTC head over ``tokenizer``'s classes.

    A network from a checkpoint has the shape of the checkpoint in its ``config``. Symbols that are
    new to the CTC head of an Ovoz checkpoint get zero weights and a bias of -8, so that the
    results stay the same.

    Raises:
        ValueError: ``base_model`` is not a readable checkpoint, or its attention head has other
            symbols.
        CheckpointError: ``base_model`` is a damaged Ovoz checkpoint.
    """
    if config.base_model == SCRATCH:
        return _from_nothing(config, tokenizer)
    from_base = _from_ovoz if is_checkpoint(Path(config.base_model)) else _from_whisper
    checkpoint = from_base(config, tokenizer)
    if config.adapter is not None:
        checkpoint.network.add_adapter(config.adapter)
    return checkpoint


def _from_nothing(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    tokens = TextTokens.from_characters(tokenizer.symbols) if config.has_attention else None
    sized = _with_vocabulary(config, tokens)
    return Checkpoint(SpeechNetwork(sized, tokenizer.size), tokenizer, tokens)


def _from_whisper(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    language = config.attention.prompt_language
    whisper = load_whisper(config)
    tokens = load_whisper_tokens(config.base_model, language) if config.has_attention else None
    network = SpeechNetwork(read_shape(whisper.config, config), tokenizer.size)
    network.encoder.load_state_dict(whisper.model.encoder.state_dict())
    if network.attention is not None:
        network.attention.decoder.load_state_dict(whisper.model.decoder.state_dict())
    return Checkpoint(network, tokenizer, tokens)


def _from_ovoz(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    loaded = load_checkpoint(Path(config.base_model))
    network = loaded.network
    network.merge_lora()
    if config.has_ctc:
        _fit_ctc_head(network, loaded.tokenizer, tokenizer)
    else:
        network.head = None
    tokens = _fit_attention_head(network, loaded, config, tokenizer)
    network.config = network.config.model_copy(update={"head": config.head})
    return Checkpoint(network, tokenizer, tokens)


def _fit_attention_head(
    network: SpeechNetwork, base: Checkpoint, config: NetworkConfig, tokenizer: CharTokenizer
) -> TextTokens | None:
    """Keep the attention head of the base, replace it by a new one, or remove it."""
    if not config.has_attention:
        network.attention = None
        return None
    if base.tokens is not None:
        if base.tokenizer != tokenizer:
            raise ValueError(
                f"base_model {config.base_model!r}: its attention head has other symbols than"
                " this language pack; set head: ctc, or use a base of the same pack"
            )
        kept = network.config.attention.model_copy(update={"pretrained": True})
        network.config = network.config.model_copy(update={"attention": kept})
        return base.tokens
    tokens = TextTokens.from_characters(tokenizer.symbols)
    heads = {"head": config.head, "attention": config.attention}
    network.config = _with_vocabulary(network.config.model_copy(update=heads), tokens)
    network.attention = AttentionHead(to_whisper_config(network.config))
    return tokens


def _with_vocabulary(config: NetworkConfig, tokens: TextTokens | None) -> NetworkConfig:
    size = {"vocabulary": tokens.size if tokens else None}
    return config.model_copy(update={"attention": config.attention.model_copy(update=size)})


@torch.no_grad()
def _fit_ctc_head(network: SpeechNetwork, old: CharTokenizer, new: CharTokenizer) -> None:
    """Reorder the CTC head from the classes of ``old`` to those of ``new``, or create it."""
    base_head = network.head
    if base_head is not None and old == new:
        return
    network.classes = new.size
    network.head = head = nn.Linear(network.config.d_model, new.size)
    if base_head is None:
        return
    nn.init.zeros_(head.weight)
    nn.init.constant_(head.bias, _NEW_SYMBOL_BIAS)
    old_classes = {symbol: number for number, symbol in enumerate(old.symbols, start=BLANK + 1)}
    pairs = [(BLANK, BLANK)] + [
        (number, old_classes[symbol])
        for number, symbol in enumerate(new.symbols, start=BLANK + 1)
        if symbol in old_classes
    ]
    to, of = (list(rows) for rows in zip(*pairs, strict=True))
    head.weight[to], head.bias[to] = base_head.weight[of], base_head.bias[of]
