"""A corpus that is learned in seconds: every letter is a tone."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ovoz.corpus.manifest import Split, Utterance
from ovoz.model.config import NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import TrainingConfig

from ...utterances import make_utterance

LETTERS = "abdeгдеа"
TEXTS = ["ab da", "baba", "dab ab", "где", "еде да", "ge ab дед"]


def tone(letter: str, seed: int) -> np.ndarray:
    time = np.arange(1600) / 16_000
    pitch = 300 + 400 * (" " + LETTERS).index(letter) if letter in LETTERS else 0
    rng = np.random.default_rng(seed)
    return 0.3 * np.sin(2 * np.pi * pitch * time) * np.hanning(1600) + 1e-3 * rng.normal(size=1600)


def utterance(root: Path, number: int, text: str, split: Split) -> Utterance:
    samples = np.concatenate([tone(letter, number) for letter in f" {text} "])
    name = f"{split}-{number:03d}"
    soundfile.write(root / f"{name}.wav", samples, 16_000, subtype="PCM_16")
    return make_utterance(
        name, text, audio=f"{name}.wav", sha256=f"{number:064x}",
        duration_s=len(samples) / 16_000, speaker=f"{split}-voice", split=split,
    )  # fmt: skip


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Utterance]]:
    root = tmp_path_factory.mktemp("tones")
    texts = [text.replace("g", "d") for text in TEXTS]
    train = [utterance(root, number, text, Split.TRAIN) for number, text in enumerate(texts * 2)]
    dev = [utterance(root, number, text, Split.DEV) for number, text in enumerate(texts[:4], 50)]
    return root, [*train, *dev]


@pytest.fixture(scope="session")
def tokenizer() -> CharTokenizer:
    return CharTokenizer.from_alphabet(LETTERS)


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig(
        network=NetworkConfig(d_model=32, layers=1, heads=2, hop=160),
        batch_frames=300, log_every=1, evaluate_every=50, checkpoint_every=3, precision="fp32",
    )  # fmt: skip
