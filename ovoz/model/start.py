"""Where training starts: random weights, a Whisper encoder, or an Ovoz checkpoint."""

from pathlib import Path
from typing import Final

import torch
from torch import nn

from ovoz.model.checkpoint import CONFIG_FILE, TOKENIZER_FILE, load_checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.model.network import CtcNetwork, build_network
from ovoz.model.tokenizer import BLANK, CharTokenizer

_NEW_SYMBOL_BIAS: Final = -8.0
"""A symbol that the base did not know is all but impossible until it is trained."""


def start_network(config: NetworkConfig, tokenizer: CharTokenizer) -> CtcNetwork:
    """The network that ``config`` starts from, with a CTC head over ``tokenizer``'s classes.

    An Ovoz checkpoint as ``base_model`` brings its head. Symbols it does not know are added with
    zero weights and a bias of -8, so that its results stay what they were.

    Raises:
        ValueError: ``base_model`` is no readable checkpoint.
        CheckpointError: It is an Ovoz checkpoint that is damaged.
    """
    base = Path(config.base_model)
    if not ((base / TOKENIZER_FILE).is_file() and (base / CONFIG_FILE).is_file()):
        return build_network(config, tokenizer.size)
    loaded = load_checkpoint(base)
    network = loaded.network
    network.merge()
    _fit_head(network, loaded.tokenizer, tokenizer)
    if config.adapter is not None:
        network.attach(config.adapter)
    return network


@torch.no_grad()
def _fit_head(network: CtcNetwork, known: CharTokenizer, wanted: CharTokenizer) -> None:
    """Give the head the classes of ``wanted``, in its order."""
    if known == wanted:
        return
    old = network.head
    head = nn.Linear(old.in_features, wanted.size)
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
    network.head, network.classes = head, wanted.size
