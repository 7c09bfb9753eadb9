"""What a candidate is held against, on a real MLflow with SQLite."""

import shutil
from pathlib import Path

import pytest

from ovoz.engine.artifact.storage import record_evaluation
from ovoz.evaluation.systems import BEST, PRODUCTION
from ovoz.registry.rivals import find_rivals


@pytest.fixture
def generations(artifact, other_artifact, third_artifact, tmp_path: Path) -> list[Path]:
    """Three models, each a little worse than the one before."""
    folders = []
    for wer, source in zip(
        (0.08, 0.09, 0.10), (artifact, other_artifact, third_artifact), strict=True
    ):
        folder = tmp_path / f"measured-{wer}"
        record_evaluation(source, folder, metrics={"wer": wer}, gates=())
        folders.append(folder)
    return folders


def found(registry, candidate: str) -> dict[str, str]:
    return {name: model.version for name, model in find_rivals(registry, candidate).items()}


def test_it_is_held_against_production_and_the_best_before(
    registry, generations, production
) -> None:
    first, second, third = generations
    candidate = registry.register(first, {}).version
    assert found(registry, candidate) == {}
    production(first)
    assert found(registry, candidate) == {}  # it is in production itself
    production(second)
    # Nobody is held against itself, and the first one is no rival that a candidate need not meet.
    candidate = registry.register(third, {}).version
    assert found(registry, candidate) == {PRODUCTION: "2", BEST: "1"}
    production(third)
    assert found(registry, "9") == {PRODUCTION: "3", BEST: "1"}


def test_a_withdrawn_version_is_no_rival(registry, generations, production) -> None:
    for folder in generations[:2]:
        production(folder)
    registry.roll_back(who="a", why="slow")
    candidate = registry.register(generations[2], {}).version
    assert found(registry, candidate) == {PRODUCTION: "1"}


def test_missing_files_are_named_and_do_not_stop_the_next(
    registry, generations, production, caplog
) -> None:
    models = [production(folder) for folder in generations[:2]]
    candidate = registry.register(generations[2], {}).version
    shutil.rmtree(models[1].artifact)
    assert found(registry, candidate) == {BEST: "1"}
    (message,) = caplog.messages
    assert "version 2 (production, staging) is not compared with: " in message
    assert "Put its files back, or go on" in message
    (models[0].artifact / "encoder.onnx").unlink()
    assert found(registry, candidate) == {}
