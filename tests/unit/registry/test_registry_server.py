"""The registry on a real MLflow server over HTTP, and MLflow's own command on a version of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ovoz.registry.registry import Registry
from ovoz.registry.resolution import resolve

pytestmark = pytest.mark.slow
MLFLOW = [sys.executable, "-m", "mlflow"]


def test_the_same_life_of_a_model_on_a_server(
    server, artifact, other_artifact, verdict, tmp_path
) -> None:
    server = server.model_copy(update={"downloads": tmp_path / "downloads"})
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
