"""The registry on an MLflow server with PostgreSQL, a bucket of S3's protocol and passwords."""

import pytest
from mlflow.server.auth.client import AuthServiceClient

from ovoz.registry.registry import Registry
from ovoz.registry.resolution import resolve
from ovoz.registry.version import RegistryError

from .conftest import list_bucket

# Each of the files of a version is signed in for: minutes on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_version_lives_behind_a_password_and_in_a_bucket(
    guarded_server, bucket, artifact, verdict, monkeypatch
) -> None:
    registry = Registry(guarded_server)
    model = registry.register(artifact, {"data_version": "abc"})
    stored = list_bucket(bucket)
    assert any(name.endswith("artifacts/model/model.json") for name in stored), stored[:5]
    # It came back from the bucket, through the server.
    assert (model.artifact / "model.json").read_bytes() == (artifact / "model.json").read_bytes()
    assert model.artifact.is_relative_to(guarded_server.downloads)
    assert registry.tags(model.version)["data_version"] == "abc"
    for alias in ("staging", "canary"):
        registry.promote(model.version, alias, verdict(), who="a", why="b")
    assert registry.end_canary(who="a", why="enough") == model.version
    registry.promote(model.version, "production", verdict(), who="a", why="b")
    assert resolve(guarded_server, "production").version == model.version
    assert [move.kind for move in registry.moves()] == [
        "promotion", "promotion", "canary-end", "promotion",
    ]  # fmt: skip

    # Who may only read lists the versions, and moves nothing.
    AuthServiceClient(guarded_server.tracking_uri).create_user("reader", "reads and no more")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "reader")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "reads and no more")
    assert [row.version for row in registry.versions()] == [model.version]
    before = registry.aliases()
    with pytest.raises(RegistryError, match="Permission denied"):
        registry.promote(model.version, "canary", verdict(), who="b", why="c")
    assert registry.aliases() == before
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a wrong one")
    with pytest.raises(RegistryError, match="401"):
        registry.aliases()
