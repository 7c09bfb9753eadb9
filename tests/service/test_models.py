"""From ``MODEL_ID`` to an artifact: a folder, MLflow's registry, BentoML's store, the hub."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bentos.asr.build import bentoml_environment
from ovoz.engine.artifact.storage import read_description
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import ModelError, is_remote, local_artifact
from ovoz.serving.startup.checks import checked_keys
from tests.service.settings import settings_with

IN_STORE = """
import shutil, sys, bentoml
from pathlib import Path
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.model_source import local_artifact
with bentoml.models.create("heard") as model:
    shutil.copytree(sys.argv[1], model.path, dirs_exist_ok=True)
print(local_artifact("bento:heard:latest", Path("unused")).folder)
try:
    local_artifact("bento:no-such-model", Path("unused"))
except Exception as error:
    print(type(error).__name__)
"""


def test_a_folder_is_itself(artifact: Path, tmp_path: Path) -> None:
    assert local_artifact(str(artifact), tmp_path).folder == artifact
    assert not is_remote(str(artifact))
    assert all(map(is_remote, ("models:/ovoz@production", "bento:ovoz:v1", "org/name")))


def test_an_alias_of_the_registry(artifact: Path, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("mlflow.pyfunc", reason="the registry comes with the pipelines")
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client = MlflowClient(uri, uri)  # another test may have told MLflow where to look
    experiment = client.create_experiment("x", (tmp_path / "files").as_uri())
    run = client.create_run(experiment)
    client.log_artifacts(run.info.run_id, str(artifact), "pyfunc/artifacts/model")
    client.create_registered_model("heard")
    source = f"{run.info.artifact_uri}/pyfunc"
    version = client.create_model_version("heard", source, run.info.run_id)
    client.set_registered_model_alias("heard", "production", version.version)
    found = local_artifact("models:/heard@production", tmp_path / "cache")
    assert read_description(found.folder) == read_description(artifact)
    assert found.registered == "1"
    # A registry that was made anew counts from one again.
    (found.folder / "model.json").write_text("another model's", "utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:////{tmp_path}/mlflow.db")
    again = local_artifact("models:/heard@production", tmp_path / "cache")
    assert again.folder == found.folder
    assert read_description(again.folder) == read_description(artifact)
    with pytest.raises(ModelError, match="models:/heard@nobody"):
        local_artifact("models:/heard@nobody", tmp_path / "cache")


@pytest.mark.parametrize("named", ["", "sqlite:///elsewhere/mlflow.db"])
def test_no_registry_is_made_where_there_is_none(tmp_path: Path, monkeypatch, named: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", named)
    with pytest.raises(ModelError, match="MLFLOW_TRACKING_URI"):
        local_artifact("models:/heard@production", tmp_path / "cache")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_bentoml_s_store(artifact: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_STORE, str(artifact)],
        env=bentoml_environment(tmp_path) | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    folder, error = done.stdout.splitlines()[-2:]
    assert read_description(Path(folder)) == read_description(artifact)
    assert error == "ModelError"


def test_the_hub_s_layout(artifact: Path, tmp_path: Path, monkeypatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    repository = tmp_path / "models--org--heard"
    shutil.copytree(artifact, repository / "snapshots" / "abc123")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc123", "utf-8")
    assert read_description(local_artifact("org/heard", tmp_path).folder) == read_description(
        artifact
    )
    with pytest.raises(ModelError, match="org/unheard"):
        local_artifact("org/unheard", tmp_path)


def test_a_whisper_checkpoint_is_told_the_way(tmp_path: Path, monkeypatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    folder = tmp_path / "models--openai--whisper-tiny" / "snapshots" / "1"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", "utf-8")
    (folder.parents[1] / "refs").mkdir()
    (folder.parents[1] / "refs" / "main").write_text("1", "utf-8")
    with pytest.raises(ModelError, match="no Ovoz artifact"):
        local_artifact("openai/whisper-tiny", tmp_path)


def test_settings_by_their_short_names(monkeypatch, artifact: Path) -> None:
    monkeypatch.setenv("MODEL_ID", str(artifact))
    monkeypatch.setenv("DEVICE", "cpu")
    settings = settings_with()
    assert (settings.model.id, settings.inference.device) == (str(artifact), "cpu")
    assert local_artifact(settings.model.id, settings.model.cache).folder == artifact
    assert not checked_keys(settings, "127.0.0.1")


def test_what_cannot_be_had_stops_the_start(tmp_path: Path) -> None:
    settings = settings_with(model_id="bento:no-such-model", model_cache=tmp_path)
    with pytest.raises(ModelError, match="no-such-model"):
        load_here(settings)
