"""A network that nobody trained: its weights are random, its speed is that of a trained one."""

from typing import Final

import torch

from ovoz.model.checkpoint import Checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer

WHISPER_BASE: Final = NetworkConfig(d_model=512, layers=6, heads=8, hop=160)
"""The encoder of ``openai/whisper-base``, with its 10 ms hop."""

_LETTERS: Final = "abdefghijklmnopqrstuvxyzʻабвгдежзийклмнопрстуфхцчшщъыьэюя"


def untrained(shape: NetworkConfig) -> Checkpoint:
    """The same random weights every time, with a CTC head over Uzbek and Russian letters."""
    torch.manual_seed(0)
    return initialize_network(shape, CharTokenizer.from_alphabet(_LETTERS))
