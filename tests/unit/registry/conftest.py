"""A registry on SQLite or on a server, and verdicts to promote on."""

import logging
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

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

KEEPER = {"name": "keeper", "password": "the password of a test"}
AUTH = """[mlflow]
default_permission = READ
database_uri = {users}
admin_username = {name}
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


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
def bucket() -> Iterator[dict[str, str]]:
    """What a process needs to know of an empty bucket on a server of S3's protocol.

    ``TEST_S3_URL`` names another server than moto's, with its keys in AWS's variables.
    """
    name = f"ovoz-{uuid.uuid4().hex[:12]}"
    keys = {"AWS_ACCESS_KEY_ID": "loopback", "AWS_SECRET_ACCESS_KEY": "of no account"}
    region = {"AWS_DEFAULT_REGION": "us-east-1"}
    with ExitStack() as stack:
        if url := os.environ.get("TEST_S3_URL"):
            keys = {key: os.environ[key] for key in keys}
        else:
            moto = pytest.importorskip("moto.server", reason="moto is a developers' tool")
            logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each file
            running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
            running.start()
            stack.callback(running.stop)
            url = "http://{}:{}".format(*running.get_host_and_port())
        known = {"MLFLOW_S3_ENDPOINT_URL": url, **keys, **region}
        _open_bucket(known).create_bucket(Bucket=name)
        yield {**known, "BUCKET": name}


def list_bucket(bucket: dict[str, str]) -> list[str]:
    """Names of the objects in the bucket."""
    found = _open_bucket(bucket).list_objects_v2(Bucket=bucket["BUCKET"])
    return [one["Key"] for one in found.get("Contents", [])]


def _open_bucket(known: dict[str, str]) -> Any:
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=known["MLFLOW_S3_ENDPOINT_URL"],
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        region_name=known["AWS_DEFAULT_REGION"],
    )


@pytest.fixture(scope="session")
def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySettings]:
    """A server that keeps the files itself, so that a client cannot read them from its disk."""
    folder = tmp_path_factory.mktemp("server")
    options = ["--backend-store-uri", postgres, "--artifacts-destination", str(folder / "files")]
    with _served(folder, options) as settings:
        yield settings


@pytest.fixture
def guarded_server(
    bucket: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RegistrySettings]:
    """A server on PostgreSQL and S3 behind basic authentication; this process signs in.

    It hands the files on itself: a client has no key of the bucket.
    """
    with own_database() as records, own_database() as users:
        (tmp_path / "auth.ini").write_text(AUTH.format(users=users, **KEEPER), "utf-8")
        options = [
            *("--app-name", "basic-auth", "--backend-store-uri", records),
            *("--artifacts-destination", f"s3://{bucket['BUCKET']}/files"),
        ]
        secrets = {
            "MLFLOW_AUTH_CONFIG_PATH": str(tmp_path / "auth.ini"),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": uuid.uuid4().hex,
        }
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", KEEPER["name"])
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", KEEPER["password"])
        with _served(tmp_path, options, bucket | secrets) as settings:
            yield settings


@contextmanager
def _served(
    folder: Path, options: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[RegistrySettings]:
    port = str(free_port())
    address = ["--host", "127.0.0.1", "--port", port, "--workers", "1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *address, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | dict(environment or {}),
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
