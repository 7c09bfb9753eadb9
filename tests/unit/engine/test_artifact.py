"""The artifact's contract: what is written can be read, what was changed is refused."""

import json
from pathlib import Path

import pytest

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.lexicon_file import read_lexicon, write_lexicon
from ovoz.engine.artifact.description import GateRecord, ModelDescription, Versions
from ovoz.engine.artifact.storage import ArtifactError, read_description, record_evaluation, seal
from ovoz.engine.load import load_engine
from ovoz.files import atomic_folder
from ovoz.model.features import LogMelConfig


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """An artifact whose encoder is no network: the contract does not look inside."""
    description = ModelDescription(
        name="demo",
        versions=Versions(code="c", data="d", normalizer="1"),
        training_data="synthetic speech, closed vocabulary",
        features=LogMelConfig(),
        frame_s=0.04,
        window_s=15,
        decoder=DecoderConfig(),
    )
    with atomic_folder(tmp_path / "model") as unfinished:
        (unfinished / "encoder.int8.onnx").write_bytes(b"weights")
        write_lexicon(["банк", "bank", "bank"], unfinished / "lexicon.txt")
        seal(unfinished, description)
    return tmp_path / "model"


def test_what_is_sealed_is_read_back(sealed: Path):
    description = read_description(sealed)
    assert description.name == "demo"
    assert set(description.files) == {"encoder.int8.onnx", "lexicon.txt", "card.md"}
    assert description.model_version == f"demo-{description.files['encoder.int8.onnx'][:8]}"
    assert read_lexicon(sealed / "lexicon.txt") == ("bank", "банк")


def test_the_card_says_what_it_was_trained_on(sealed: Path):
    assert "synthetic speech, closed vocabulary" in (sealed / "card.md").read_text()


def test_no_artifact_is_named(tmp_path: Path):
    with pytest.raises(ArtifactError, match="no model artifact"):
        read_description(tmp_path)


def test_a_missing_file_is_named(sealed: Path):
    (sealed / "encoder.int8.onnx").unlink()
    with pytest.raises(ArtifactError, match=r"encoder\.int8\.onnx.*missing"):
        read_description(sealed)


def test_a_changed_file_is_named(sealed: Path):
    (sealed / "lexicon.txt").write_text("other\n")
    with pytest.raises(ArtifactError, match=r"lexicon\.txt.*hash mismatch"):
        read_description(sealed)
    assert read_description(sealed, verify=False).name == "demo"


def test_another_layout_version_is_refused_by_number(sealed: Path):
    content = json.loads((sealed / "model.json").read_text())
    (sealed / "model.json").write_text(json.dumps(content | {"format": 99, "new_field": 1}))
    with pytest.raises(ArtifactError, match="layout 99, this version reads 1"):
        read_description(sealed)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}'])
def test_a_broken_description_is_refused(sealed: Path, text: str):
    (sealed / "model.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"model\.json: not a model description"):
        read_description(sealed)


def test_an_encoder_that_is_no_network_is_refused(sealed: Path):
    (sealed / "tokenizer.json").write_text('{"symbols": [" ", "a"]}')
    with pytest.raises(ArtifactError, match=r"encoder\.int8\.onnx: not a usable ONNX model"):
        load_engine(sealed)


def test_a_missing_tokenizer_is_refused(sealed: Path):
    with pytest.raises(ArtifactError, match="tokenizer"):
        load_engine(sealed)


def test_an_evaluation_is_recorded_without_touching_the_weights(sealed: Path, tmp_path: Path):
    gates = [GateRecord(metric="wer/uz", value=0.04, limit=0.15, passed=True)]
    out = tmp_path / "measured"

    def add(directory: Path) -> None:
        (directory / "reference.parquet").write_bytes(b"statistics")

    before = read_description(sealed)
    record_evaluation(sealed, out, metrics={"wer/uz": 0.04}, gates=gates, add=add)
    after = read_description(out)
    assert after.metrics == {"wer/uz": 0.04}
    assert after.gates == tuple(gates)
    assert after.model_version == before.model_version
    assert "reference.parquet" in after.files
    assert "| wer/uz | 0.0400 | 0.1500 | passed |" in (out / "card.md").read_text()
    record_evaluation(out, out, metrics={"wer/uz": 0.05}, gates=[])  # in place
    assert read_description(out).metrics == {"wer/uz": 0.05}


def test_nothing_is_left_of_a_failed_write(tmp_path: Path):
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "model") as unfinished:
        (unfinished / "encoder.onnx").write_bytes(b"half")
        raise RuntimeError("the disk is full")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rewrite_keeps_the_old_artifact(sealed: Path):
    with pytest.raises(RuntimeError), atomic_folder(sealed):
        raise RuntimeError("killed")
    assert read_description(sealed).name == "demo"
