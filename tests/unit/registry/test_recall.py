"""Answers without MLflow are given only where MLflow would answer the same."""

import shutil
from pathlib import Path

import pytest

from ovoz.registry.recall import resolve
from ovoz.registry.registry import Registry
from ovoz.registry.version import UnknownVersionError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The aliases that MLflow was asked for."""
    questions: list[str] = []
    ask = Registry.resolve

    def counted(registry: Registry, alias: str):
        questions.append(alias)
        return ask(registry, alias)

    monkeypatch.setattr(Registry, "resolve", counted)
    return questions


def test_second_answer_needs_no_mlflow(registry, artifact, production, asked) -> None:
    model = production(artifact)
    answers = [resolve(registry.settings, "production") for _ in range(3)]
    assert answers == [model] * 3
    assert asked == ["production"]
    assert resolve(registry.settings, "staging") == model
    assert resolve(registry.settings, "production") == model
    assert asked == ["production", "staging"]


def test_any_write_to_the_registry_is_noticed(
    registry, artifact, other_artifact, production, verdict, asked
) -> None:
    first = production(artifact)
    assert resolve(registry.settings, "production") == first
    second = production(other_artifact)
    assert resolve(registry.settings, "production") == second
    registry.roll_back(who="a", why="b")
    assert resolve(registry.settings, "production").version == first.version
    assert len(asked) == 3


def test_nothing_is_recalled_when_the_file_cannot_tell(
    registry, artifact, production, asked
) -> None:
    model = production(artifact)
    database = registry.settings.database()
    resolve(registry.settings, "production")
    (database.parent / "resolved.json").write_text("{", "utf-8")
    assert resolve(registry.settings, "production") == model
    (database.parent / "mlflow.db-wal").touch()
    assert resolve(registry.settings, "production") == model
    assert len(asked) == 3


def test_files_that_went_are_asked_for_again(registry, artifact, production, asked) -> None:
    model = production(artifact)
    resolve(registry.settings, "production")
    shutil.rmtree(model.artifact)
    resolve(registry.settings, "production")
    assert len(asked) == 2


def test_other_models_of_the_same_registry_are_kept_apart(
    registry, artifact, production, asked
) -> None:
    production(artifact)
    resolve(registry.settings, "production")
    other = registry.settings.model_copy(update={"model": "ovoz-kk"})
    with pytest.raises(UnknownVersionError, match="no version of ovoz-kk"):
        resolve(other, "production")


def test_no_registry_leaves_no_trace(settings, tmp_path: Path) -> None:
    with pytest.raises(UnknownVersionError, match="no registry at"):
        resolve(settings, "production")
    assert not list(tmp_path.iterdir())
