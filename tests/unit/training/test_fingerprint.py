"""Fingerprints of stages follow the code that trains."""

import shutil
from pathlib import Path

import pytest

from ovoz.code_closure import find_code_closure
from ovoz.corpus.sounds import SoundsConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training import fingerprint
from ovoz.training.config import StageConfig, TrainingConfig

AUGMENT = "audio/augment/noise.py"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library, which fingerprints are taken of."""
    files = find_code_closure("ovoz.training.stage")
    root = Path(fingerprint.__file__).parents[1]
    copies = [tmp_path / file.relative_to(root) for file in files]
    for file, copy in zip(files, copies, strict=True):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    monkeypatch.setattr(fingerprint, "find_code_closure", lambda _module: copies)
    return tmp_path


def taken() -> str:
    stage = StageConfig(name="clean", steps=10)
    config = TrainingConfig(stages=(stage,))
    letters = CharTokenizer.from_alphabet("ab")
    return fingerprint.stage_fingerprint(stage, config, [], letters, None, SoundsConfig())


@pytest.mark.parametrize(
    "file", [AUGMENT, "model/network.py", "training/objective.py", "training/spec_augment.py"]
)
def test_changed_code_is_trained_again(code: Path, file: str) -> None:
    before = taken()
    with (code / file).open("a", encoding="utf-8") as source:
        source.write("\nCHANGED = 1\n")
    assert taken() != before


def test_a_changed_comment_trains_nothing(code: Path) -> None:
    before = taken()
    source = (code / AUGMENT).read_text("utf-8")
    head, _, rest = source.partition('"""\n')
    (code / AUGMENT).write_text(f'"""Another docstring."""\n# A comment.\n\n{rest}', "utf-8")
    assert head
    assert taken() == before


def test_code_outside_training_does_not_change_the_fingerprint() -> None:
    files = find_code_closure("ovoz.training.stage")
    rooms = {file.parent.name for file in files}
    assert rooms.isdisjoint({"evaluation", "registry", "engine", "serving"})
    decoding = {file.stem for file in files if file.parent.name == "decoding"}
    aligning = {"__init__", "ctc_path", "forced_alignment", "hypothesis", "word_builder"}
    assert decoding == aligning
