"""Who holds an alias, asked as a service asks: without MLflow in its process."""

import pytest
from mlflow import MlflowClient

from ovoz.registry.holder import RegistryAwayError, holder_of, split_alias
from ovoz.registry.registry import Registry
from ovoz.serving.auth.network import free_port

ALIAS = "models:/ovoz-uz-ru@candidate"


@pytest.mark.slow
def test_of_a_local_registry(registry: Registry, artifact, other_artifact, monkeypatch) -> None:
    uri = registry.settings.uri()
    ask = holder_of({"MLFLOW_TRACKING_URI": uri})
    registry.register(artifact, {})
    assert (ask(ALIAS), ask("models:/ovoz-uz-ru@production")) == ("1", None)
    registry.register(other_artifact, {})
    assert ask(ALIAS) == "2"
    # Moved by hand: the pointers are stale, and MLflow is asked, once.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client = MlflowClient(tracking_uri=uri)
    client.set_registered_model_alias(registry.settings.model, "candidate", "1")
    assert ask(ALIAS) == "1"
    monkeypatch.setattr("ovoz.registry.holder._ask_mlflow", pytest.fail)
    assert ask(ALIAS) == "1"


@pytest.mark.slow
def test_of_a_server(server, artifact) -> None:
    settings = server.model_copy(update={"model": "ovoz-held"})
    Registry(settings).register(artifact, {})
    ask = holder_of({"MLFLOW_TRACKING_URI": settings.tracking_uri})
    assert ask("models:/ovoz-held@candidate") == "1"
    assert ask("models:/ovoz-held@production") is None
    assert ask("models:/nothing@production") is None


def test_away_is_not_the_same_as_nobody(tmp_path) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    for uri in (closed, ""):
        with pytest.raises(RegistryAwayError):
            holder_of({"MLFLOW_TRACKING_URI": uri})(ALIAS)


def test_name_and_alias() -> None:
    assert split_alias(ALIAS) == ("ovoz-uz-ru", "candidate")
