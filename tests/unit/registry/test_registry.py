"""The registry on a real MLflow with SQLite."""

import base64
import re
import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ovoz.engine.artifact.storage import (
    EXPORTS_FILE,
    ArtifactError,
    read_description,
    record_evaluation,
)
from ovoz.evaluation.judgement import Verdict
from ovoz.registry.policy import Policy, load_policy
from ovoz.registry.registry import Registry
from ovoz.registry.resolution import resolve
from ovoz.registry.store import ModelStore
from ovoz.registry.version import (
    ChangedModelError,
    PromotionRefusedError,
    RegistryError,
    UnknownVersionError,
)


def aliases(registry: Registry) -> dict[str, str]:
    return {alias: row.version for row in registry.versions() for alias in row.aliases}


def test_registered_artifact_is_the_candidate_and_comes_back(settings, artifact) -> None:
    registry = Registry(settings)
    model = registry.register(artifact, {"data_version": "abc"})
    assert model.aliases == ("candidate",)
    assert (model.artifact / "model.json").read_bytes() == (artifact / "model.json").read_bytes()
    assert registry.resolve("candidate") == model


def test_same_artifact_is_registered_once(registry, artifact) -> None:
    first, second = registry.register(artifact, {}), registry.register(artifact, {})
    assert first.version == second.version
    assert len(registry.versions()) == 1


def test_list_tells_of_the_model_without_its_files(registry, artifact) -> None:
    model = registry.register(artifact, {})
    shutil.rmtree(model.artifact)
    (row,) = registry.versions()
    assert row.summary is not None
    assert row.summary.model_version == read_description(artifact).model_version
    assert row.summary.training_data == "random weights"


@pytest.mark.parametrize("cut_at", ["ovoz.model", "ovoz.content"])
def test_registration_cut_off_leaves_no_alias(
    registry, artifact, other_artifact, production, verdict, monkeypatch, cut_at
) -> None:
    first = production(artifact)
    write = ModelStore.write_tag

    def cut(store: ModelStore, version: str, key: str, value: str) -> None:
        if key == cut_at:
            raise KeyboardInterrupt
        write(store, version, key, value)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ModelStore, "write_tag", cut)
        registry.register(other_artifact, {})
    assert set(aliases(registry).values()) == {first.version}
    half = registry.versions()[0]
    assert (half.version, half.summary) == ("2", None)
    with pytest.raises(PromotionRefusedError, match="cut off"):
        registry.promote(half.version, "staging", verdict(), who="a", why="b")
    again = registry.register(other_artifact, {})
    assert (again.version, again.aliases) == ("3", ("candidate",))


def test_promotion_follows_the_policy_and_is_written_down(registry, artifact, verdict) -> None:
    model = registry.register(artifact, {})
    with pytest.raises(PromotionRefusedError, match="only staging or canary becomes production"):
        registry.promote(model.version, "production", verdict(), who="a", why="b")
    registry.promote(model.version, "staging", verdict(), who="anna", why="good")
    promoted = registry.promote(model.version, "production", verdict(), who="anna", why="good")
    assert set(promoted.aliases) == {"candidate", "staging", "production"}
    note = registry.versions()[0].promotions["production"]
    assert (note.who, note.why, note.replaced) == ("anna", "good", None)
    assert note.figures == {"wer on test": 0.1}
    assert note.limits == {"wer on test": 0.2}
    assert note.when.startswith("20")


def test_promotion_notes_what_it_replaced(
    registry, artifact, other_artifact, production, verdict
) -> None:
    first = production(artifact)
    second = registry.register(other_artifact, {})
    better = verdict(value=0.05)
    registry.promote(second.version, "staging", better, who="a", why="b")
    registry.promote(second.version, "production", better, who="a", why="b")
    note = registry.versions()[0].promotions["production"]
    assert note.replaced == first.version
    assert (note.figures["wer on test"], note.replaced_figures["wer on test"]) == (0.05, 0.1)


def test_superseded_candidate_may_still_be_staged(
    registry, artifact, other_artifact, verdict
) -> None:
    first = registry.register(artifact, {})
    registry.register(other_artifact, {})
    assert registry.version(first.version).aliases == ()
    staged = registry.promote(first.version, "staging", verdict(), who="a", why="b")
    assert staged.aliases == ("staging",)


@pytest.mark.parametrize(
    ("evidence", "why", "message"),
    [
        ({"passed": False}, "b", "failed its gates"),
        (None, "b", "no gate was judged"),
        ({}, "  ", "without a reason"),
    ],
)
def test_without_evidence_or_reason_no_alias_moves(
    registry, artifact, verdict, evidence, why, message
) -> None:
    model = registry.register(artifact, {})
    nothing = Verdict(system="served", training_data="synthetic speech", results=())
    judged = nothing if evidence is None else verdict(**evidence)
    with pytest.raises(PromotionRefusedError, match=message):
        registry.promote(model.version, "staging", judged, who="a", why=why)
    assert aliases(registry) == {"candidate": model.version}


def test_damaged_files_are_not_promoted(registry, artifact, verdict) -> None:
    model = registry.register(artifact, {})
    (model.artifact / "encoder.int8.onnx").write_bytes(b"half")
    with pytest.raises(ArtifactError, match="hash mismatch"):
        registry.promote(model.version, "staging", verdict(), who="a", why="b")
    assert aliases(registry) == {"candidate": model.version}


def test_production_is_replaced_and_rolled_back(
    registry, artifact, other_artifact, production
) -> None:
    first = production(artifact)
    second = production(other_artifact)
    assert registry.resolve("previous").version == first.version
    assert registry.resolve("production").version == second.version
    assert registry.roll_back(who="a", why="slow").version == first.version
    assert registry.resolve("production").version == first.version
    assert "previous" not in aliases(registry)
    assert [row.withdrawn is None for row in registry.versions()] == [False, True]
    with pytest.raises(UnknownVersionError, match="no earlier version of production is good"):
        registry.roll_back(who="a", why="once more")
    assert registry.resolve("production").version == first.version


def test_previous_is_the_last_good_version(
    registry, artifact, other_artifact, third_artifact, production
) -> None:
    first, second, third = map(production, (artifact, other_artifact, third_artifact))
    assert registry.roll_back(who="a", why="third").version == second.version
    assert registry.resolve("previous").version == first.version
    assert registry.roll_back(who="a", why="second").version == first.version
    assert "previous" not in aliases(registry)
    assert [row.withdrawn is None for row in registry.versions()] == [False, False, True]
    assert third.version == registry.versions()[0].version


def test_roll_back_works_when_the_version_in_production_was_deleted(
    registry, artifact, other_artifact, production
) -> None:
    first, second = production(artifact), production(other_artifact)
    client = MlflowClient(tracking_uri=registry.settings.uri())
    client.delete_model_version(registry.settings.model, second.version)
    assert registry.roll_back(who="a", why="deleted").version == first.version
    assert registry.resolve("production").version == first.version


@pytest.mark.parametrize("why", ["", "  ", "\n"])
def test_roll_back_needs_a_reason(registry, artifact, other_artifact, production, why) -> None:
    production(artifact)
    second = production(other_artifact)
    with pytest.raises(PromotionRefusedError, match="without a reason"):
        registry.roll_back(who="a", why=why)
    assert registry.resolve("production").version == second.version


def test_measured_again_is_not_a_new_model(registry, artifact, tmp_path) -> None:
    model = registry.register(artifact, {})
    again = tmp_path / "again"
    record_evaluation(artifact, again, metrics={"wer.uz": 0.3}, gates=(), add=write_timings)
    assert registry.register(again, {}).version == model.version


def write_timings(folder: Path) -> None:
    (folder / EXPORTS_FILE).write_text('{"milliseconds": 3.1}', "utf-8")


def test_another_decoder_is_another_model(registry, artifact, third_artifact) -> None:
    model = registry.register(artifact, {})
    assert registry.register(third_artifact, {}).version != model.version


def test_edited_description_is_neither_resolved_nor_promoted(registry, artifact, verdict) -> None:
    model = registry.register(artifact, {})
    file = model.artifact / "model.json"
    file.write_text(file.read_text("utf-8").replace("random weights", "real speech"), "utf-8")
    for ask in (
        lambda: registry.resolve("candidate"),
        lambda: resolve(registry.settings, "candidate"),
        lambda: registry.promote(model.version, "staging", verdict(), who="a", why="b"),
    ):
        with pytest.raises(ChangedModelError, match=r"model.json: changed after version 1"):
            ask()
    assert aliases(registry) == {"candidate": model.version}


def test_roll_back_needs_a_former_version_that_is_whole(
    registry, artifact, other_artifact, production
) -> None:
    first = production(artifact)
    with pytest.raises(UnknownVersionError, match="nothing to roll back to"):
        registry.roll_back(who="a", why="b")
    second = production(other_artifact)
    shutil.rmtree(first.artifact)
    with pytest.raises(ArtifactError):
        registry.roll_back(who="a", why="b")
    assert registry.resolve("production").version == second.version
    assert registry.versions()[0].withdrawn is None


def test_what_was_rolled_back_stays_out_until_somebody_takes_it_back(
    registry, artifact, other_artifact, production, verdict
) -> None:
    first, second = production(artifact), production(other_artifact)
    registry.roll_back(who="anna", why="mishears numbers")
    with pytest.raises(PromotionRefusedError, match=r"withdrawn by anna \(mishears numbers\)"):
        production(other_artifact)
    assert registry.resolve("production").version == first.version
    registry.promote(
        second.version, "production", verdict(), who="a", why="b", despite_withdrawal=True
    )
    assert registry.resolve("production").version == second.version
    assert registry.versions()[0].withdrawn is None


def test_promoting_twice_changes_nothing(registry, artifact, production) -> None:
    assert production(artifact) == production(artifact)
    assert "previous" not in aliases(registry)


def test_what_is_not_there_is_named(registry, artifact, verdict) -> None:
    registry.register(artifact, {})
    with pytest.raises(UnknownVersionError, match="no version of ovoz-uz-ru is 'production'"):
        registry.resolve("production")
    with pytest.raises(PromotionRefusedError, match="no alias 'prod'"):
        registry.promote("1", "prod", verdict(), who="a", why="b")
    for number in ("7", "seven", "", "١", "1 ", "+1"):
        with pytest.raises(UnknownVersionError, match=re.escape(f"has no version {number}")):
            registry.promote(number, "staging", verdict(), who="a", why="b")


def test_reading_creates_no_registry(settings, tmp_path: Path) -> None:
    registry = Registry(settings)
    for ask in (registry.versions, lambda: registry.resolve("production")):
        with pytest.raises(UnknownVersionError, match="no registry at"):
            ask()
    assert not list(tmp_path.iterdir())


def test_a_faulty_registry_is_not_an_empty_one(registry, artifact, monkeypatch) -> None:
    registry.register(artifact, {})

    def fail(*_: object) -> None:
        raise MlflowException("the database is locked")

    monkeypatch.setattr("ovoz.registry.store.MlflowClient.get_registered_model", fail)
    with pytest.raises(RegistryError, match="does not answer: the database is locked") as caught:
        registry.resolve("production")
    assert not isinstance(caught.value, UnknownVersionError)


def test_loads_as_a_pyfunc(registry, artifact, production, clip) -> None:
    production(artifact)
    mlflow.set_tracking_uri(registry.settings.tracking_uri)
    loaded = mlflow.pyfunc.load_model("models:/ovoz-uz-ru@production")
    encoded = base64.b64encode(clip.read_bytes()).decode()
    answer = loaded.predict(pd.DataFrame({"audio": [str(clip), encoded]}))
    assert list(answer.columns) == ["text", "language", "confidence", "words"]
    assert answer.iloc[0].to_dict() == answer.iloc[1].to_dict()
    with pytest.raises(ValueError, match="neither an existing file nor base64"):
        loaded.predict(pd.DataFrame({"audio": ["none.wav"]}))


def test_policy_names_only_what_it_knows(tmp_path: Path) -> None:
    assert load_policy().production == "production"
    names = {"candidate": "candidate", "production": "production", "previous": "previous"}
    with pytest.raises(ValueError, match="comes from 'nowhere'"):
        Policy.model_validate({"aliases": {"production": {"from": ["nowhere"]}}, **names})
    with pytest.raises(ValueError, match="production alias 'production' has no rule"):
        Policy.model_validate({"aliases": {"staging": {"from": ["candidate"]}}, **names})
    broken = tmp_path / "policy.yaml"
    broken.write_text("aliases: [", "utf-8")
    for path in (broken, tmp_path / "none.yaml"):
        with pytest.raises(ValueError, match=path.name):
            load_policy(path)
