"""A tiny random network and its artifact, made once."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from ovoz.audio.signal import Samples
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.description import ModelIdentity, Versions

# How long an example takes is the machine's affair: a busy one must not fail a test.
settings.register_profile("ovoz", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ovoz")

ALPHABET = "abdeiklmnorstʻабвдеиклмнорстя"
LEXICON = ("bank", "salom", "kredit", "да", "банк", "номер", "nomerда")
IDENTITY = ModelIdentity(
    name="tiny",
    versions=Versions(code="c0ffee", data="d474", normalizer="1"),
    training_data="random weights",
)


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of every garbage collection: trainers ask for many."""
    gc.collect()
    gc.freeze()


@contextmanager
def restored_environment() -> Iterator[None]:
    """Take back what is put into the environment of processes to come, by MLflow for example."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    for name, value in before.items():
        if name != "PYTEST_CURRENT_TEST" and os.environ.get(name) != value:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """No test sees what another one left in the environment."""
    with restored_environment():
        yield


@pytest.fixture(autouse=True, scope="module")
def same_environment_of_modules() -> Iterator[None]:
    """Nor what the fixtures of another module did."""
    with restored_environment():
        yield


MLFLOW_S_OWN = ("mlflow.db", "mlruns", "mlartifacts")
"""What MLflow writes into the current folder when nobody told it where to write."""


@pytest.fixture(autouse=True, scope="session")
def same_checkout() -> Iterator[None]:
    """No test, and no process of one, has MLflow write into the checkout."""
    names = [Path(__file__).parents[1] / name for name in MLFLOW_S_OWN]
    before = [name for name in names if name.exists()]
    yield
    assert [name for name in names if name.exists()] == before, "written by a test"


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch", reason="export needs the training extra")
    from ovoz.model.checkpoint import save_checkpoint
    from ovoz.model.config import NetworkConfig
    from ovoz.model.initialization import initialize_network
    from ovoz.model.tokenizer import CharTokenizer

    torch.manual_seed(7)
    tokenizer = CharTokenizer.from_alphabet(ALPHABET)
    shape = NetworkConfig(d_model=32, layers=2, heads=2, max_positions=200)
    start = initialize_network(shape, tokenizer)
    with torch.no_grad():
        start.network.head.weight.mul_(12)  # an untrained head is flat: nothing would be decided
    return save_checkpoint(start, tmp_path_factory.mktemp("trained") / "checkpoint")


@pytest.fixture(scope="session")
def artifact(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ovoz.engine.export.exporter import export

    return export(
        checkpoint,
        LEXICON,
        tmp_path_factory.mktemp("exported") / "artifact",
        IDENTITY,
        decoder=DecoderConfig(kind=DecoderKind.LEXICON),
    )


@pytest.fixture(scope="session")
def clips() -> list[Samples]:
    """Six signals of 0.15 to 3 s: gliding tones under noise."""
    generator = np.random.default_rng(3)
    signals = []
    for seconds in (1.3, 0.15, 3.0, 0.8, 1.31, 2.0):
        time = np.arange(int(16_000 * seconds)) / 16_000
        tone = 0.3 * np.sin(2 * np.pi * (200 + 900 * time) * time)
        signals.append((tone + 0.05 * generator.standard_normal(len(time))).astype(np.float32))
    return signals


@pytest.fixture(scope="session")
def other_artifact(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network with another lexicon: another model, as the registry sees it."""
    from ovoz.engine.export.exporter import export

    return export(
        checkpoint,
        LEXICON[:4],
        tmp_path_factory.mktemp("other") / "artifact",
        IDENTITY,
        decoder=DecoderConfig(kind=DecoderKind.LEXICON),
    )


@pytest.fixture(scope="session")
def clip(clips: list[Samples], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the clips as a file."""
    from ovoz.audio.encode import write_flac

    return write_flac(tmp_path_factory.mktemp("clip") / "clip.flac", clips[0])
