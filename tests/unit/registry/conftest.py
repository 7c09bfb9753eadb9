"""A registry on SQLite in a folder of its own, and verdicts to promote on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ovoz.engine.artifact.storage import read_description, seal
from ovoz.evaluation.gates import Gate
from ovoz.evaluation.judgement import GateResult, Verdict
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel


def judged(*, passed: bool = True, value: float | None = None) -> Verdict:
    """The verdict of one gate on the word error rate, at most 20 %."""
    gate = Gate(figure="wer", at_most=0.2)
    value = value if value is not None else 0.1 if passed else 0.3
    result = GateResult(gate=gate, value=value, margin=0.2 - value, passed=passed)
    return Verdict(system="served", training_data="synthetic speech", results=(result,))


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    return judged


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables without a row; making them takes longer than most tests."""
    database = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{database}").search_experiments()
    return database


@pytest.fixture
def settings(tmp_path: Path) -> RegistrySettings:
    return RegistrySettings(
        tracking_uri=f"sqlite:///{tmp_path}/mlflow/mlflow.db", artifacts=str(tmp_path / "files")
    )


@pytest.fixture
def registry(settings: RegistrySettings, empty_database: Path) -> Registry:
    database = settings.database()
    database.parent.mkdir()
    shutil.copy(empty_database, database)
    return Registry(settings)


@pytest.fixture
def third_artifact(artifact: Path, tmp_path: Path) -> Path:
    """The same network read with another beam: a third model."""
    shutil.copytree(artifact, folder := tmp_path / "third" / "artifact")
    description = read_description(folder)
    wider = description.decoder.model_copy(update={"beam": description.decoder.beam + 1})
    seal(folder, description.model_copy(update={"decoder": wider}))
    return folder


@pytest.fixture
def production(registry: Registry) -> Callable[[Path], RegisteredModel]:
    """Registers an artifact and promotes it all the way."""

    def promoted(artifact: Path) -> RegisteredModel:
        model = registry.register(artifact, {})
        registry.promote(model.version, "staging", judged(), who="test", why="test")
        return registry.promote(model.version, "production", judged(), who="test", why="test")

    return promoted
