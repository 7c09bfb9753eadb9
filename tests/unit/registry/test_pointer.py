"""Pointers answer without MLflow only where MLflow would answer the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ovoz.registry.pointer import write_pointers
from ovoz.registry.registry import Registry
from ovoz.registry.resolution import resolve
from ovoz.registry.version import UnknownVersionError


def pointer_file(registry: Registry) -> Path:
    return registry.settings.database().with_name("ovoz-uz-ru.aliases.json")


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


@pytest.fixture
def move(registry: Registry) -> Callable[[str, str], None]:
    """Moves an alias without the registry, as MLflow's own pages do."""

    def moved(alias: str, version: str) -> None:
        client = MlflowClient(tracking_uri=registry.settings.uri())
        client.set_registered_model_alias(registry.settings.model, alias, version)

    return moved


def test_aliases_that_the_registry_moved_need_no_mlflow(
    registry, artifact, production, asked
) -> None:
    model = production(artifact)
    answers = [resolve(registry.settings, "production") for _ in range(3)]
    assert answers == [model] * 3
    assert resolve(registry.settings, "staging") == model
    assert resolve(registry.settings, "candidate") == model
    assert asked == []


def test_second_answer_needs_no_mlflow(registry, artifact, production, asked) -> None:
    model = production(artifact)
    pointer_file(registry).unlink()
    answers = [resolve(registry.settings, "production") for _ in range(3)]
    assert answers == [model] * 3
    assert asked == ["production"]
    assert resolve(registry.settings, "staging") == model
    assert resolve(registry.settings, "production") == model
    assert asked == ["production"]


def test_any_write_to_the_registry_is_noticed(
    registry, artifact, other_artifact, production, move, asked
) -> None:
    first = production(artifact)
    assert resolve(registry.settings, "production") == first
    second = production(other_artifact)
    assert resolve(registry.settings, "production") == second
    registry.roll_back(who="a", why="b")
    assert resolve(registry.settings, "production").version == first.version
    assert len(asked) == 0
    for version in (second.version, first.version):
        move("production", version)
        assert resolve(registry.settings, "production").version == version
    assert len(asked) == 2


def test_pointers_written_before_a_foreign_write_are_stale(
    registry, artifact, other_artifact, production, move, asked
) -> None:
    first, second = production(artifact), production(other_artifact)

    def read_holders():
        holders = registry.holders()
        move("production", first.version)
        return holders

    write_pointers(registry.settings, read_holders)
    assert resolve(registry.settings, "production").version == first.version
    assert second.version != first.version
    assert len(asked) == 1


def test_pointers_do_not_count_when_the_file_shows_no_writes(
    registry, artifact, production, asked
) -> None:
    model = production(artifact)
    database = registry.settings.database()
    pointer_file(registry).write_text("{", "utf-8")
    assert resolve(registry.settings, "production") == model
    assert len(asked) == 1
    database.with_name("mlflow.db-wal").touch()
    assert resolve(registry.settings, "production") == model
    assert len(asked) == 2


def test_folder_that_cannot_be_written_is_no_fault(
    registry, artifact, production, monkeypatch
) -> None:
    model = production(artifact)
    pointer_file(registry).unlink()

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("ovoz.registry.pointer.write_text", refuse)
    assert resolve(registry.settings, "production") == model


def test_files_that_went_are_asked_for_again(registry, artifact, production, asked) -> None:
    model = production(artifact)
    resolve(registry.settings, "production")
    assert len(asked) == 0
    shutil.rmtree(model.artifact)
    resolve(registry.settings, "production")
    assert len(asked) == 1


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
