"""A network that nobody trained: its weights are random, its speed is that of a trained one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.description import ModelIdentity, Versions
from ovoz.engine.export.exporter import export
from ovoz.model.checkpoint import Checkpoint, save_checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer

WHISPER_BASE: Final = NetworkConfig(d_model=512, layers=6, heads=8, hop=160)
"""The encoder of ``openai/whisper-base``, with its 10 ms hop."""

_LETTERS: Final = "abdefghijklmnopqrstuvxyzʻабвгдежзийклмнопрстуфхцчшщъыьэюя"


def untrained(shape: NetworkConfig, seed: int = 0) -> Checkpoint:
    """The same random weights every time, with a CTC head over Uzbek and Russian letters."""
    torch.manual_seed(seed)
    return initialize_network(shape, CharTokenizer.from_alphabet(_LETTERS))


def untrained_artifact(folder: Path, seed: int = 0) -> Path:
    """A model artifact around a small network with random weights."""
    network = untrained(NetworkConfig(d_model=32, layers=2, heads=2, max_positions=400), seed)
    checkpoint = save_checkpoint(network, folder / "checkpoint")
    versions = Versions(code="", data="", normalizer="")
    identity = ModelIdentity(name="untrained", versions=versions, training_data="nothing")
    greedy = DecoderConfig(kind=DecoderKind.GREEDY)
    return export(checkpoint, ("bank",), folder / "artifact", identity, decoder=greedy)


@contextmanager
def untrained_service(folder: Path) -> Iterator[str]:
    """The URL of a Bento with that network, which is built and served in a folder."""
    from bentos.asr.build import build
    from bentos.asr.smoke import served

    home = folder / "bentoml"
    with served(build(untrained_artifact(folder), "1", home), home) as url:
        yield url
