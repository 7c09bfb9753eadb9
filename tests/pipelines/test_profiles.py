"""The committed profiles."""

from pathlib import Path

import pytest
import yaml

from ovoz.profile import ProfileError, load_profile

ROOT = Path(__file__).resolve().parents[2]
PROFILES = sorted((ROOT / "configs").glob("*.yaml"))
GIVEN = {"crowd": {"CORPUS": "corpora/messages", "BASE": "openai/whisper-base"}}
"""What the profiles with placeholders ask for."""


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_committed_profile_loads(path: Path) -> None:
    profile = load_profile(path, GIVEN.get(path.stem))
    assert profile.name == path.stem
    if profile.corpus.source == "synthetic":
        assert "synthetic" in profile.training_data


def test_demo_is_held_to_the_gates_of_the_product() -> None:
    gates = load_profile(ROOT / "configs/demo.yaml").gates.gates
    limits = {gate.figure: gate.limit for gate in gates}
    assert limits["wer.uz"] == 0.25
    assert limits["switch_f1"] == 0.80


def test_order_of_keys_changes_nothing(tmp_path: Path) -> None:
    content = yaml.safe_load((ROOT / "configs/demo.yaml").read_text("utf-8"))
    shuffled = tmp_path / "demo.yaml"
    shuffled.write_text(yaml.safe_dump(content, sort_keys=True), "utf-8")
    assert str(load_profile(shuffled)) == str(load_profile(ROOT / "configs/demo.yaml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "not YAML"),
        ("name: demo\n", "training_data"),
        ("name: demo\nunknown: 1\n", "unknown"),
        (
            "name: demo\ntraining_data: x\ncorpus: {source: synthetic}\ntraining: {}\n"
            "decoder: {}\ngates: {gates: [{figure: cer, at_most: 0.1, test_set: tset}]}\n",
            "no test set is called 'tset'",
        ),
        *(
            (
                "name: demo\ntraining_data: x\ncorpus: {source: synthetic}\ntraining: {}\n"
                f"decoder: {decoder}\nexport: {export}\n",
                message,
            )
            for decoder, export, message in (
                ("{}", "{precisions: []}", "at least one precision"),
                ("{}", "{precisions: [int4]}", "int4"),
                ("{}", "{max_wer_loss: -1}", "max_wer_loss"),
                ("{attention_weight: 0.5}", "{}", "has one reading to judge"),
                ("{kind: lexicon, attention_weight: 0.5}", "{}", "needs training.network.head"),
            )
        ),
        *(
            (
                "name: demo\ntraining_data: x\ncorpus: {source: synthetic}\ntraining: {}\n"
                f"decoder: {{}}\ngates: {gates}\n",
                message,
            )
            for gates, message in (
                ("{gates: [{figure: wer.uzz, at_most: 0.1}]}", "no figure is called 'wer.uzz'"),
                ("{gates: [{figure: cer, at_mots: 0.1}]}", "at_mots"),
                ("{gates: [{figure: cer, at_most: 0.1, slice: dialect=x}]}", "dialect is one of"),
                ("{regression: {test_sets: [tset]}}", "no test set is called 'tset'"),
                ("{of_artefact: []}", "of_artefact"),
            )
        ),
    ],
)
def test_faulty_profile_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError, match=message):
        load_profile(path)
    with pytest.raises(ProfileError, match="no readable profile"):
        load_profile(tmp_path / "none.yaml")


def test_the_language_pack_is_named_once(tmp_path: Path) -> None:
    content = yaml.safe_load((ROOT / "configs/production.yaml").read_text("utf-8"))
    vietnamese = str(ROOT / "tests/unit/text/packs/vi.yaml")
    path = tmp_path / "vi.yaml"
    path.write_text(yaml.safe_dump({**content, "pack": vietnamese}), "utf-8")
    profile = load_profile(path)
    packs = {source.pack for source in profile.corpus.sources}
    packs |= {profile.validation.pack, profile.pseudo_labels.recordings.pack}
    assert packs == {vietnamese}
    other = {**content, "validation": {"pack": vietnamese}}
    path.write_text(yaml.safe_dump(other), "utf-8")
    with pytest.raises(ProfileError, match=r"'uz-ru' for the run and .*vi\.yaml' for validation"):
        load_profile(path)


WHOLE = "name: demo\ntraining_data: x\ncorpus: {source: synthetic}\ndecoder: {}\n"
TRAINED = WHOLE + "training: {stages: [{name: clean, steps: 1}]}\n"


def faster(rate: str) -> str:
    return TRAINED.replace("steps: 1", f"steps: 1, learning_rate: {rate}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE + "training: {}\n", "training.stages: none is given: nothing would be trained"),
        (TRAINED + "pack: xx\n", "pack: no language pack 'xx'; known are "),
        (
            TRAINED + "pack: uz-ru\npack: vi\n",
            "not YAML: line 7, column 1: the key 'pack' is there",
        ),
        (WHOLE + "training: {seed: 1, seed: 2}\n", "not YAML: line 5, column 21: the key 'seed'"),
        (faster(".inf"), "training.stages.0.learning_rate: not a finite number"),
        (
            faster(".nan"),
            "training.stages.0.learning_rate: Input should be greater than 0, not nan",
        ),
        (faster("1e999"), "training.stages.0.learning_rate: not a finite number"),
        (
            TRAINED + "evaluation: {long_s: 0}\n",
            "long_misplaced_s is not measured with evaluation.",
        ),
        (
            TRAINED + "evaluation: {distortions: []}\n"
            "gates: {of_artifact: [{figure: cer, at_most: 0.5, test_set: test-conditions}]}\n",
            "gates: test-conditions is empty without evaluation.distortions",
        ),
        (
            TRAINED + "gates: {of_artifact: [{figure: long_wer, at_most: 25}]}\n",
            "gates.of_artifact.0: gate on long_wer: write 0.25 for 25 %, not 25",
        ),
        (TRAINED + "note: [bold]\n", "note: Extra inputs are not permitted"),
        (TRAINED + "name: [/red]\n", "the key 'name' is there twice"),
    ],
)
def test_known_faults_are_one_line_with_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    said = str(caught.value)
    assert message in said
    assert said.startswith(f"{path}: ")
    assert len(said.splitlines()) == 1
    assert "pydantic" not in said


def test_a_profile_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cyrillic.yaml"
    path.write_bytes("training_data: речь\n".encode("cp1251"))
    with pytest.raises(ProfileError, match="not UTF-8: byte 15"):
        load_profile(path)


def test_merged_settings_may_be_overridden(tmp_path: Path) -> None:
    path = tmp_path / "merged.yaml"
    path.write_text(
        WHOLE + "training:\n  stages:\n    - &one {name: one, steps: 3}\n"
        "    - {<<: *one, name: two}\n",
        "utf-8",
    )
    stages = load_profile(path).training.stages
    assert [(stage.name, stage.steps) for stage in stages] == [("one", 3), ("two", 3)]
