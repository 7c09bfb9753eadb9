"""Variables that a shell carries for another project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ovoz.environment import remove_foreign_variables
from ovoz.telemetry_off import NO_TELEMETRY

FOREIGN = {
    "BENTOML_HOME": "/elsewhere/bentoml",
    "DVC_GLOBAL_CONFIG_DIR": "/elsewhere/dvc",
    "MLFLOW_EXPERIMENT_ID": "7",
    "MLFLOW_REGISTRY_URI": "sqlite:////elsewhere/mlflow.db",
    "MLFLOW_RUN_ID": "0123456789abcdef",
    "ZENML_CONFIG_PATH": "/elsewhere/zenml",
    "ZENML_LOCAL_STORES_PATH": "/elsewhere/stores",
}
CHOSEN = {
    "AWS_PROFILE": "bank",
    "HF_TOKEN": "secret",
    "MLFLOW_S3_ENDPOINT_URL": "http://127.0.0.1:9000",
    "MLFLOW_TRACKING_TOKEN": "secret",
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:5000",
    "ZENML_STORE_URL": "http://127.0.0.1:8080",
}


def test_only_documented_variables_are_kept() -> None:
    environ = FOREIGN | CHOSEN | NO_TELEMETRY
    assert remove_foreign_variables(environ) == sorted(FOREIGN)
    assert environ == CHOSEN | NO_TELEMETRY


@pytest.mark.parametrize("command", [["models"], ["transcribe", "{clip}", "--model", "{artifact}"]])
def test_no_tool_reports_its_use(
    tmp_path: Path, artifact: Path, clip: Path, command: list[str]
) -> None:
    """MLflow and ONNX Runtime do on import, and keep a number for it in the home folder."""
    ovoz = [sys.executable, "-c", "from ovoz.cli.main import app; app()"]
    given = [word.format(clip=clip, artifact=artifact) for word in command]
    (home := tmp_path / "home").mkdir()
    done = subprocess.run(
        [*ovoz, *given],
        # Not those of these tests: MLflow is silent in a test and in CI.
        env={"HOME": str(home), "TMPDIR": str(home), "PATH": os.environ["PATH"]},
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == (2 if command == ["models"] else 0), done.stderr
    assert list(home.rglob("*")) == []


def test_a_run_keeps_its_stores_in_its_workspace(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, pipelines.environment as e;"
        f"print(e.enter(pathlib.Path({str(tmp_path)!r})));"
        "print(*(os.environ.get(n, '-') for n in ('ZENML_CONFIG_PATH', 'DVC_SITE_CACHE_DIR',"
        " 'MLFLOW_REGISTRY_URI', 'MLFLOW_TRACKING_URI')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | FOREIGN | CHOSEN,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    named, stores = done.stdout.splitlines()
    assert "MLFLOW_REGISTRY_URI" in named
    state = tmp_path / ".ovoz"
    assert stores == f"{state}/zenml {state}/dvc - {CHOSEN['MLFLOW_TRACKING_URI']}"
