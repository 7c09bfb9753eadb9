"""The `ovoz` command on files and artifacts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

RUNNER = CliRunner()


def test_transcribe_tells_what_the_model_was_trained_on(artifact: Path, clip: Path) -> None:
    result = RUNNER.invoke(app, ["transcribe", str(clip), "--model", str(artifact), "--words"])
    assert result.exit_code == 0, result.output
    assert "clip.flac" in result.output
    assert "This model was trained on random weights" in result.output


def test_transcribe_as_json(artifact: Path, clip: Path) -> None:
    result = RUNNER.invoke(app, ["transcribe", str(clip), "--model", str(artifact), "--json"])
    record = json.loads(result.output)
    assert record["file"] == str(clip)
    assert record["text"] == " ".join(word["text"] for word in record["words"])


def test_unreadable_file_is_named_and_the_others_are_done(artifact, clip, tmp_path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"nothing")
    files = [str(bad), str(tmp_path / "none.wav"), str(clip)]
    result = RUNNER.invoke(app, ["transcribe", *files, "--model", str(artifact)])
    assert result.exit_code == 1
    assert "bad.mp3" in result.stderr
    assert "none.wav" in result.stderr
    assert "clip.flac" in result.stdout


def test_folder_without_a_model(clip: Path, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["transcribe", str(clip), "--model", str(tmp_path)])
    assert result.exit_code == 2
    assert "no model artifact here" in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_empty_registry_says_what_to_do(clip: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    result = RUNNER.invoke(app, ["transcribe", str(clip)])
    assert result.exit_code == 2
    assert "make run" in " ".join(result.stderr.split())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org"])
def test_serving_a_network_needs_keys(host: str, monkeypatch) -> None:
    monkeypatch.delenv("OVOZ_API_KEYS_FILE", raising=False)
    result = RUNNER.invoke(app, ["serve", "--host", host])
    assert result.exit_code == 2
    assert "OVOZ_API_KEYS_FILE" in result.stderr
