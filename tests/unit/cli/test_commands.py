"""The `ovoz` command on files and artifacts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.text.latin_alphabets import LatinAlphabet, write_word

RUNNER = CliRunner()
ROOT = Path(__file__).resolve().parents[3]


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


def test_transcribe_writes_the_alphabet_of_2026_on_request(artifact: Path, clip: Path) -> None:
    options = ["transcribe", str(clip), "--model", str(artifact), "--json"]
    today = json.loads(RUNNER.invoke(app, options).output)
    then = json.loads(RUNNER.invoke(app, [*options, "--alphabet", "2026"]).output)
    for old, new in zip(today["words"], then["words"], strict=True):
        assert new["text"] == write_word(old["text"], old["language"], LatinAlphabet.OF_2026)
    assert then["text"] == " ".join(word["text"] for word in then["words"])
    assert RUNNER.invoke(app, [*options, "--alphabet", "2027"]).exit_code == 2


def test_transcribe_writes_as_people_read_it_on_request(artifact: Path, clip: Path) -> None:
    options = ["transcribe", str(clip), "--model", str(artifact), "--json"]
    spoken = json.loads(RUNNER.invoke(app, options).output)
    written = ["--written", "--script", "latin", "--redact", "card", "--redact", "telephone"]
    read = json.loads(RUNNER.invoke(app, [*options, *written]).output)
    assert read["text"] == " ".join(word["text"] for word in read["words"])
    assert not any("Ѐ" <= letter <= "ӿ" for letter in read["text"])
    assert read["text"].endswith(".") == bool(spoken["text"])
    assert RUNNER.invoke(app, [*options, "--redact", "colour"]).exit_code == 2


def test_unreadable_file_is_named_and_the_others_are_done(artifact, clip, tmp_path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"nothing")
    files = [str(bad), str(tmp_path / "none.wav"), str(clip)]
    result = RUNNER.invoke(app, ["transcribe", *files, "--model", str(artifact)])
    assert result.exit_code == 1
    assert "bad.mp3" in result.stderr
    assert "none.wav" in result.stderr
    assert "clip.flac" in result.stdout


def test_hot_words_subtitles_and_long_recordings(artifact, clip, tmp_path) -> None:
    file = tmp_path / "call.flac"
    file.write_bytes(clip.read_bytes())
    options = ["transcribe", str(file), "--model", str(artifact)]
    for kind, start in (("srt", "1\n00:"), ("vtt", "WEBVTT")):
        result = RUNNER.invoke(app, [*options, "--subtitles", kind, "--hot-word", "kredit"])
        assert result.exit_code == 0, result.output
        assert file.with_suffix(f".{kind}").read_text("utf-8").startswith(start)
    # Nobody speaks in a gliding tone, so that the long way hears nothing in it.
    result = RUNNER.invoke(app, [*options, "--long", "--json"])
    assert result.exit_code == 0, result.output
    assert "text" in json.loads(result.output)
    result = RUNNER.invoke(app, [*options, "--hot-word", "two words"])
    assert result.exit_code == 2
    assert "two words" in result.stderr
    assert RUNNER.invoke(app, [*options, "--long", "--hot-word", "bank"]).exit_code == 2


def test_folder_without_a_model(clip: Path, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["transcribe", str(clip), "--model", str(tmp_path)])
    assert result.exit_code == 2
    assert "no model artifact here" in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_another_decoder_can_be_asked_for(artifact: Path, clip: Path) -> None:
    texts = []
    for decoder in ("greedy", "lexicon"):
        options = ["--model", str(artifact), "--json", "--decoder", decoder]
        texts.append(json.loads(RUNNER.invoke(app, ["transcribe", str(clip), *options]).output))
    assert texts[0]["text"] != texts[1]["text"]


def test_names_in_brackets_are_shown_as_they_are(artifact, clip, tmp_path) -> None:
    strange = tmp_path / "call [bold red].flac"
    strange.write_bytes(clip.read_bytes())
    files = [str(strange), str(tmp_path / "none [bold].wav")]
    result = RUNNER.invoke(app, ["transcribe", *files, "--model", str(artifact)])
    assert strange.name in result.stdout
    assert "none [bold].wav" in result.stderr


def test_empty_registry_says_what_to_do(clip: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    result = RUNNER.invoke(app, ["transcribe", str(clip)])
    assert result.exit_code == 2
    assert "make run" in " ".join(result.stderr.split())
    assert not list(tmp_path.iterdir())


def test_file_of_keys_that_are_none(tmp_path: Path, monkeypatch) -> None:
    keys = tmp_path / "keys"
    keys.write_text("a key in the clear", "utf-8")
    monkeypatch.setenv("OVOZ_API_KEYS_FILE", str(keys))
    result = RUNNER.invoke(app, ["serve", "--host", "0.0.0.0"])
    assert result.exit_code == 2
    assert "no SHA-256" in result.stderr


def test_help_loads_neither_mlflow_nor_torch() -> None:
    heavy = ("mlflow", "torch", "zenml", "bentoml", "onnxruntime")
    code = f"import sys, ovoz.cli.main; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert told.stdout.strip() == "[]", told.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org"])
def test_serving_a_network_needs_keys(host: str, monkeypatch) -> None:
    monkeypatch.delenv("OVOZ_API_KEYS_FILE", raising=False)
    result = RUNNER.invoke(app, ["serve", "--host", host])
    assert result.exit_code == 2
    assert "OVOZ_API_KEYS_FILE" in result.stderr
