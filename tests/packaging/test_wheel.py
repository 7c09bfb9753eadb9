"""What a user gets who installs the wheel: every command starts, far from the repository."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.serving.auth.network import free_port

from ..service.processes import wait_until_ready
from .conftest import OUTSIDE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def run(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """A command in a folder that holds nothing of ours."""
    arguments = [str(part) for part in command]
    environment = OUTSIDE | {"COLUMNS": "200"}
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def base(install: Callable[[str], Path]) -> Path:
    return install("")


@pytest.fixture(scope="session")
def serving(install: Callable[[str], Path]) -> Path:
    return install("[serve]")


@pytest.fixture(scope="session")
def pipelines(install: Callable[[str], Path]) -> Path:
    return install("[pipelines]")


def test_the_wheel_has_the_packages_and_their_data(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    assert {"ovoz/registry/policy.yaml", "ovoz/text/packs/uz-ru.yaml", "ovoz/py.typed"} <= names
    assert {"bentos/asr/service.py", "steps/ingest.py", "pipelines/__main__.py"} <= names
    assert {"collector/texts/strings.yaml", "collector/prompts/packs/uz-ru/uz_daily.yaml"} <= names
    assert "collector/database/migrations/versions/0001_the_first_tables.py" in names
    assert not {name for name in names if name.startswith(("tests/", "mlflow/", "benchmarks/"))}


def test_help_and_scores_need_no_extra(base: Path, tmp_path: Path) -> None:
    assert "transcribe" in run(tmp_path, base / "ovoz", "--help").stdout
    for name in ("ref", "hyp"):
        row = {"id": "1", "text": "заказni ertaga olib kelasiz"}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    scored = run(tmp_path, base / "ovoz", "score", "ref.jsonl", "hyp.jsonl", "--json", "out.json")
    assert scored.returncode == 0, scored.stderr
    assert (tmp_path / "out.json").is_file()


def test_an_artifact_is_read_without_an_extra(
    base: Path, artifact: Path, clip: Path, tmp_path: Path
) -> None:
    done = run(tmp_path, base / "ovoz", "transcribe", clip, "--model", artifact, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["training_data"] == "random weights"


@pytest.mark.parametrize("command", [["serve"], ["models"]])
def test_a_missing_extra_is_named(base: Path, tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, base / "ovoz", *command)
    assert done.returncode == 2
    assert "pip install 'ovoz[serve]'" in done.stderr


def test_a_registered_model_is_served(
    serving: Path, artifact: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    Registry(RegistrySettings()).register(artifact, {})
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [serving / "ovoz", "serve", "--alias", "candidate", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, env=OUTSIDE)
    try:
        wait_until_ready(f"{url}/readyz", process)
        with clip.open("rb") as stream:
            answer = httpx.post(f"{url}/transcribe", files={"file": stream}, timeout=60)
        assert answer.json()["model_version"].startswith("tiny-")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_pipelines_start(pipelines: Path, tmp_path: Path) -> None:
    done = run(tmp_path, pipelines / "python", "-m", "pipelines", "--help")
    assert done.returncode == 0, done.stderr
    assert "ingestion" in done.stdout
    policy = "from ovoz.registry.policy import load_policy; print(load_policy().production)"
    assert run(tmp_path, pipelines / "python", "-c", policy).stdout.strip() == "production"
