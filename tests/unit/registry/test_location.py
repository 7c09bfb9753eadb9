"""Which registry and model the pipelines and commands of a workspace use."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.registry.location import locate_registry, remember_registry
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError
from ovoz.workspace import Workspace

SERVER = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:5000"}


def test_the_last_run_is_remembered(tmp_path: Path) -> None:
    workspace, of_profile = Workspace(tmp_path), RegistrySettings(model="bank")
    assert locate_registry({}, None, workspace) == RegistrySettings()
    remember_registry(of_profile, workspace)
    assert locate_registry({}, None, workspace) == of_profile
    other = RegistrySettings(model="call-centre")
    assert locate_registry({}, other, workspace) == other


def test_the_variable_wins_with_and_without_a_profile(tmp_path: Path) -> None:
    for of_profile in (None, RegistrySettings(model="bank")):
        found = locate_registry(SERVER, of_profile, Workspace(tmp_path))
        assert found.tracking_uri == SERVER["MLFLOW_TRACKING_URI"]


@pytest.mark.parametrize("content", ["{", '{"model": 3}', '{"model": "a", "bucket": "b"}'])
def test_a_broken_memory_is_named(tmp_path: Path, content: str) -> None:
    file = Workspace(tmp_path).registry
    file.parent.mkdir()
    file.write_text(content, "utf-8")
    with pytest.raises(RegistryError, match=r"registry\.json: no readable registry settings"):
        locate_registry({}, None, Workspace(tmp_path))


def test_commands_ask_for_the_model_of_the_last_run(
    registry, artifact, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = registry.settings.model_copy(update={"model": "bank"})
    Registry(settings).register(artifact, {})
    remember_registry(settings, Workspace())
    assert "candidate" in CliRunner().invoke(app, ["models"]).stdout
