"""The registry on a real MLflow server over HTTP, and MLflow's own command on a version of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socket

import httpx
import pytest

from ovoz.registry.pointer import resolve
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings

pytestmark = pytest.mark.slow
MLFLOW = [sys.executable, "-m", "mlflow"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySettings]:
    """A server that keeps the files itself, so that a client cannot read them from its disk."""
    folder = tmp_path_factory.mktemp("server")
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    files = ["--artifacts-destination", str(folder / "files"), "--workers", "1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*MLFLOW, "server", "--host", "127.0.0.1", "--port", str(port), *store, *files],
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


def test_the_same_life_of_a_model_on_a_server(
    server, artifact, other_artifact, verdict, tmp_path
) -> None:
    registry = Registry(server)
    first = registry.register(artifact, {"data_version": "abc"})
    assert (first.artifact / "model.json").read_bytes() == (artifact / "model.json").read_bytes()
    assert registry.register(artifact, {}).version == first.version
    second = registry.register(other_artifact, {})
    for model in (first, second):
        for alias in ("staging", "production"):
            registry.promote(model.version, alias, verdict(), who="a", why="b")
    assert resolve(server, "production").version == second.version
    assert registry.roll_back(who="a", why="b").version == first.version
    assert resolve(server, "production").version == first.version
    assert len(list(server.downloads.iterdir())) == 2
    held = {row.version: row.aliases for row in registry.versions()}
    assert held == {"1": ("production",), "2": ("candidate", "staging")}


def test_mlflow_predicts_by_itself(registry, production, artifact, clip, tmp_path: Path) -> None:
    production(artifact)
    rows, out = tmp_path / "rows.json", tmp_path / "out.json"
    rows.write_text(json.dumps({"dataframe_records": [{"audio": str(clip)}]}), "utf-8")
    done = subprocess.run(
        [
            *(*MLFLOW, "models", "predict", "--model-uri", "models:/ovoz-uz-ru@production"),
            *("--env-manager", "local", "--input-path", str(rows), "--output-path", str(out)),
        ],
        env=os.environ | {"MLFLOW_TRACKING_URI": registry.settings.tracking_uri},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(out.read_text("utf-8"))["predictions"]
    assert set(answer) == {"text", "language", "confidence", "words"}
    assert " ".join(word["text"] for word in json.loads(answer["words"])) == answer["text"]
