"""A version goes from the registry of one environment to that of another."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.registry.copying import COPIED_TAG, copy_version, without_password
from ovoz.registry.registry import Registry
from ovoz.registry.store import ModelStore
from ovoz.registry.version import PromotionRefusedError, RegistryError

from .conftest import judged


@pytest.mark.slow
def test_a_copy_is_a_candidate_that_has_been_promoted_nowhere(
    registry: Registry, artifact, other_artifact, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.settings.uri())
    registry.register(other_artifact, {})
    version = registry.register(artifact, {}).version
    for alias in ("staging", "production"):
        registry.promote(version, alias, judged(), who="anna", why="good")
    there = f"sqlite:///{tmp_path}/there/mlflow.db"
    done = CliRunner().invoke(app, ["copy-model", version, "--to", there])
    assert done.exit_code == 0, done.output
    assert done.stdout == "version 2 is version 1 there, the candidate\n"
    target = Registry(registry.settings.model_copy(update={"tracking_uri": there}))
    assert target.aliases() == {"candidate": "1"}
    (row,) = target.versions()
    assert row.promotions == {}
    assert (target.version("1").artifact / "model.json").read_bytes() == (
        registry.version(version).artifact / "model.json"
    ).read_bytes()
    tags = ModelStore(target.settings).version("1").tags
    assert tags[COPIED_TAG].startswith("ovoz-uz-ru version 2 of sqlite:///")
    assert tags["data_version"] == "d474"
    assert copy_version(registry, target, version).version == "1"  # once, however often
    with pytest.raises(RegistryError, match="there already"):
        copy_version(registry, registry, version)
    with pytest.raises(RegistryError, match="has no version 9"):
        copy_version(registry, target, "9")
    registry.promote("1", "staging", judged(), who="anna", why="good")
    registry.promote("1", "production", judged(), who="anna", why="good")
    registry.roll_back(who="bek", why="slow")
    with pytest.raises(PromotionRefusedError, match="withdrawn by bek: slow"):
        copy_version(registry, target, "1")


def test_no_password_is_written_down() -> None:
    told = without_password("https://anna:secret@mlflow.example:5000/x")
    assert told == "https://mlflow.example:5000/x"
    assert without_password("sqlite:////tmp/a.db") == "sqlite:////tmp/a.db"
