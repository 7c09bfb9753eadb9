"""A registry on SQLite or on a server over PostgreSQL, and verdicts to promote on."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from mlflow import MlflowClient

from ovoz.engine.artifact.storage import read_description, seal
from ovoz.evaluation.gates import Gate
from ovoz.evaluation.judgement import GateResult, Verdict
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel
from ovoz.serving.auth.network import free_port
from tests.own_database import own_database


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database in PostgreSQL."""
    with own_database() as url:
        yield url


@pytest.fixture(scope="session")
def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySettings]:
    """A server that keeps the files itself, so that a client cannot read them from its disk."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    store = ["--backend-store-uri", postgres]
    files = ["--artifacts-destination", str(folder / "files"), "--workers", "1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                *store,
                *files,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "log")
        yield RegistrySettings(
            tracking_uri=url, artifacts="mlflow-artifacts:/ovoz", downloads=folder / "downloads"
        )
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    pytest.fail(log.read_text())


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
