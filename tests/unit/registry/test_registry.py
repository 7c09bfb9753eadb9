"""The registry on a real MLflow with SQLite."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from ovoz.evaluation.gates import Gate, GateResult, Verdict
from registry.policy import Policy, load_policy
from registry.registry import RegisteredModel, Registry, RegistryError
from registry.settings import RegistrySettings


def verdict(*, passed: bool = True) -> Verdict:
    gate = Gate(figure="wer", at_most=0.2)
    value = 0.1 if passed else 0.3
    result = GateResult(gate=gate, value=value, margin=0.2 - value, passed=passed)
    return Verdict(system="served", training_data="synthetic speech", results=(result,))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    settings = RegistrySettings(
        tracking_uri=f"sqlite:///{tmp_path}/mlflow/mlflow.db", artifacts=str(tmp_path / "files")
    )
    return Registry(settings)


def production(registry: Registry, artifact: Path) -> RegisteredModel:
    model = registry.register(artifact, {})
    registry.promote(model.version, "staging", verdict(), who="test", why="test")
    return registry.promote(model.version, "production", verdict(), who="test", why="test")


def test_registered_artifact_is_the_candidate_and_comes_back(registry, artifact) -> None:
    model = registry.register(artifact, {"data_version": "abc"})
    assert model.aliases == ("candidate",)
    assert (model.artifact / "model.json").read_bytes() == (artifact / "model.json").read_bytes()
    assert registry.resolve("candidate").version == model.version


def test_same_artifact_is_registered_once(registry, artifact) -> None:
    first, second = registry.register(artifact, {}), registry.register(artifact, {})
    assert first.version == second.version
    assert len(registry.versions()) == 1


def test_promotion_follows_the_policy_and_is_written_down(registry, artifact) -> None:
    model = registry.register(artifact, {})
    with pytest.raises(RegistryError, match="only staging or canary becomes production"):
        registry.promote(model.version, "production", verdict(), who="a", why="b")
    registry.promote(model.version, "staging", verdict(), who="anna", why="good")
    promoted = registry.promote(model.version, "production", verdict(), who="anna", why="good")
    assert set(promoted.aliases) == {"candidate", "staging", "production"}
    client = mlflow.MlflowClient(tracking_uri=registry.settings.tracking_uri)
    tags = client.get_model_version(registry.settings.model, model.version).tags
    note = json.loads(tags["ovoz.promoted.production"])
    assert (note["who"], note["why"]) == ("anna", "good")
    assert note["figures"] == {"wer on test": 0.1}
    assert note["when"].startswith("20")


def test_failed_gates_move_no_alias(registry, artifact) -> None:
    model = registry.register(artifact, {})
    with pytest.raises(RegistryError, match="failed its gates"):
        registry.promote(model.version, "staging", verdict(passed=False), who="a", why="b")
    assert registry.resolve("candidate").aliases == ("candidate",)


def test_production_is_replaced_and_rolled_back(registry, artifact, other_artifact) -> None:
    with pytest.raises(RegistryError, match="nothing to roll back to"):
        registry.roll_back(who="a", why="b")
    first = production(registry, artifact)
    second = production(registry, other_artifact)
    assert registry.resolve("previous").version == first.version
    assert registry.resolve("production").version == second.version
    assert registry.roll_back(who="a", why="slow").version == first.version
    assert registry.resolve("production").version == first.version
    assert registry.resolve("previous").version == second.version


def test_promoting_twice_changes_nothing(registry, artifact) -> None:
    first = production(registry, artifact)
    assert production(registry, artifact) == first
    with pytest.raises(RegistryError, match=r"no version .* is 'previous'"):
        registry.resolve("previous")


def test_what_is_not_there_is_named(registry) -> None:
    with pytest.raises(RegistryError, match="no version of ovoz-uz-ru is 'production'"):
        registry.resolve("production")
    with pytest.raises(RegistryError, match="no alias 'prod'"):
        registry.promote("1", "prod", verdict(), who="a", why="b")
    with pytest.raises(RegistryError, match="has no version 7"):
        registry.promote("7", "staging", verdict(), who="a", why="b")


def test_loads_as_a_pyfunc(registry, artifact, clip) -> None:
    production(registry, artifact)
    mlflow.set_tracking_uri(registry.settings.tracking_uri)
    loaded = mlflow.pyfunc.load_model("models:/ovoz-uz-ru@production")
    answer = loaded.predict(pd.DataFrame({"audio": [str(clip)]}))
    assert list(answer.columns) == ["text", "language", "confidence", "words"]
    assert len(answer) == 1


def test_policy_names_only_what_it_knows() -> None:
    assert load_policy().production == "production"
    with pytest.raises(ValueError, match="comes from 'nowhere'"):
        Policy.model_validate(
            {
                "aliases": {"production": {"from": ["nowhere"]}},
                "candidate": "candidate",
                "production": "production",
                "previous": "previous",
            }
        )
