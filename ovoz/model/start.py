"""Where training starts: random weights, a Whisper checkpoint, or an Ovoz checkpoint."""

from pathlib import Path
from typing import Final

import torch
from torch import nn

from ovoz.model.attention import AttentionHead
from ovoz.model.checkpoint import Checkpoint, is_checkpoint, load_checkpoint
from ovoz.model.config import SCRATCH, NetworkConfig
from ovoz.model.network import SpeechNetwork
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer
from ovoz.model.whisper import load_whisper, shape_of, whisper_config, whisper_tokens
from ovoz.text.symbols import BLANK

_NEW_SYMBOL_BIAS: Final = -8.0
"""A symbol that the base did not know is all but impossible until it is trained."""


def start_network(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    """The network that ``config`` starts from, with its heads over ``tokenizer``'s classes.

    The network's own ``config`` holds the true shape when it came from a checkpoint. An Ovoz
    checkpoint as ``base_model`` brings its heads. Symbols its CTC head does not know are added
    with zero weights and a bias of -8, so that its results stay what they were.

    Raises:
        ValueError: ``base_model`` is no readable checkpoint, or its attention head knows other
            symbols.
        CheckpointError: It is an Ovoz checkpoint that is damaged.
    """
    if config.base_model == SCRATCH:
        return _from_nothing(config, tokenizer)
    known = is_checkpoint(Path(config.base_model))
    start = (_from_ovoz if known else _from_whisper)(config, tokenizer)
    if config.adapter is not None:
        start.network.attach(config.adapter)
    return start


def _from_nothing(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    tokens = TextTokens.of_characters(tokenizer.symbols) if config.has_attention else None
    sized = _with_vocabulary(config, tokens)
    return Checkpoint(SpeechNetwork(sized, tokenizer.size), tokenizer, tokens)


def _from_whisper(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    language = config.attention.prompt_language
    whisper = load_whisper(config)
    tokens = whisper_tokens(config.base_model, language) if config.has_attention else None
    network = SpeechNetwork(shape_of(whisper.config, config), tokenizer.size)
    network.encoder.load_state_dict(whisper.model.encoder.state_dict())
    if network.attention is not None:
        network.attention.decoder.load_state_dict(whisper.model.decoder.state_dict())
    return Checkpoint(network, tokenizer, tokens)


def _from_ovoz(config: NetworkConfig, tokenizer: CharTokenizer) -> Checkpoint:
    loaded = load_checkpoint(Path(config.base_model))
    network = loaded.network
    network.merge()
    if config.has_ctc:
        _fit_head(network, loaded.tokenizer, tokenizer)
    else:
        network.head = None
    tokens = _fit_attention(network, loaded, config, tokenizer)
    network.config = network.config.model_copy(update={"head": config.head})
    return Checkpoint(network, tokenizer, tokens)


def _fit_attention(
    network: SpeechNetwork, base: Checkpoint, config: NetworkConfig, tokenizer: CharTokenizer
) -> TextTokens | None:
    """Keep the attention head of the base, give it a new one, or take it away."""
    if not config.has_attention:
        network.attention = None
        return None
    if base.tokens is not None:
        if base.tokenizer != tokenizer:
            raise ValueError(
                f"base_model {config.base_model!r}: its attention head knows other symbols than"
                " this language pack; take head: ctc, or a base of the same pack"
            )
        kept = network.config.attention.model_copy(update={"pretrained": True})
        network.config = network.config.model_copy(update={"attention": kept})
        return base.tokens
    tokens = TextTokens.of_characters(tokenizer.symbols)
    wanted = network.config.model_copy(update={"head": config.head, "attention": config.attention})
    network.config = _with_vocabulary(wanted, tokens)
    network.attention = AttentionHead(whisper_config(network.config))
    return tokens


def _with_vocabulary(config: NetworkConfig, tokens: TextTokens | None) -> NetworkConfig:
    size = {"vocabulary": tokens.size if tokens else None}
    return config.model_copy(update={"attention": config.attention.model_copy(update=size)})


@torch.no_grad()
def _fit_head(network: SpeechNetwork, known: CharTokenizer, wanted: CharTokenizer) -> None:
    """Give the CTC head the classes of ``wanted``, in its order; a new one where there is none."""
    old = network.head
    if old is not None and known == wanted:
        return
    network.classes = wanted.size
    network.head = head = nn.Linear(network.config.d_model, wanted.size)
    if old is None:
        return
    nn.init.zeros_(head.weight)
    nn.init.constant_(head.bias, _NEW_SYMBOL_BIAS)
    places = {symbol: number for number, symbol in enumerate(known.symbols, start=BLANK + 1)}
    pairs = [(BLANK, BLANK)] + [
        (number, places[symbol])
        for number, symbol in enumerate(wanted.symbols, start=BLANK + 1)
        if symbol in places
    ]
    to, of = (list(rows) for rows in zip(*pairs, strict=True))
    head.weight[to], head.bias[to] = old.weight[of], old.bias[of]
