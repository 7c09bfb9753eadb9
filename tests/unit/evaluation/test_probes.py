"""Probe clips of an artifact that is registered."""

import shutil
from pathlib import Path

import pytest

from ovoz.engine.artifact.probes import PROBES_FILE, read_probes
from ovoz.engine.artifact.storage import ArtifactError, read_description, record_evaluation
from ovoz.engine.load import load_engine
from ovoz.evaluation.probes import add_probes
from ovoz.text.pack import load_pack


def test_an_artifact_tells_what_it_wrote(artifact: Path, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="speech needs the training extra")
    folder = tmp_path / "with-probes"
    assert read_probes(artifact) == []
    record_evaluation(artifact, folder, metrics={}, gates=(), add=add_probes)
    assert PROBES_FILE in read_description(folder).files
    probes = read_probes(folder)
    assert len(probes) == len(load_pack("uz-ru").prompts)
    written = load_engine(folder).transcribe([probe.samples for probe in probes])
    assert [one.text for one in written] == [probe.text for probe in probes]


def test_clips_that_cannot_be_read_are_named(artifact: Path, tmp_path: Path) -> None:
    shutil.copytree(artifact, folder := tmp_path / "artifact")
    (folder / PROBES_FILE).write_text('[{"file": "probes/1.flac", "text": ""}]', "utf-8")
    with pytest.raises(ArtifactError, match="no readable probe clips"):
        read_probes(folder)
