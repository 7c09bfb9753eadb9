"""`ovoz import-model` from a folder to a candidate that the list and the registry know."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.audio.encode import write_flac
from ovoz.cli.main import app
from ovoz.engine.artifact.storage import read_description

from ..engine.test_importing import whisper  # noqa: F401  (a fixture)

RUNNER = CliRunner()


def test_what_is_no_model_is_refused_in_a_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = RUNNER.invoke(app, ["import-model", "nowhere", "--training-data", "books"])
    assert refused.exit_code == 2
    assert refused.stderr == "error: nowhere: no such folder\n"


@pytest.mark.slow
def test_an_imported_model_is_a_candidate_and_transcribes(
    whisper: Path,  # noqa: F811
    clips,
    tmp_path: Path,
    monkeypatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    told = ["--training-data", "nothing", "--name", "other"]
    done = RUNNER.invoke(app, ["import-model", str(whisper), *told])
    assert done.exit_code == 0, done.output
    assert "version 1 is the candidate" in done.output
    assert "it cannot do: hot words, language hint, word times" in done.output
    assert read_description(tmp_path / ".ovoz/imported/other").imported.source == "whisper"
    assert "cannot: hot words" in RUNNER.invoke(app, ["models"]).output
    clip = write_flac(tmp_path / "clip.flac", clips[0])
    heard = RUNNER.invoke(app, ["transcribe", str(clip), "--alias", "candidate"])
    assert heard.exit_code == 0, heard.output
    assert "trained on nothing" in heard.output
