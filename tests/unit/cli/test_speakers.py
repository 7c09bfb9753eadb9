"""`ovoz transcribe --speakers` on files of this machine."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ovoz.audio.encode import write_flac
from ovoz.cli.main import app
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import Voice

from ..speakers.encoders import write_fbank_encoder, write_signal_encoder

RUNNER = CliRunner()
VOICES = (Voice("Michael", 20, 30, 150), Voice("belinda", 90, 60, 150))
TEXT = "bugun havo juda yaxshi boʻldi men ertaga bozorga boraman"


@pytest.fixture(scope="module")
def call(tmp_path_factory) -> Path:
    speaker, pause = Speaker(), np.zeros(8_000, np.float32)
    pieces = [part for turn in range(4) for part in (speaker.say(TEXT, VOICES[turn % 2]), pause)]
    return write_flac(tmp_path_factory.mktemp("call") / "call.flac", np.concatenate(pieces))


@pytest.fixture
def run(artifact: Path, monkeypatch):
    monkeypatch.delenv("OVOZ_SPEAKERS_ENCODER", raising=False)
    return lambda *options: RUNNER.invoke(
        app, ["transcribe", "--model", str(artifact), *map(str, options)]
    )


@pytest.mark.parametrize("long", [[], ["--long"]])
def test_words_have_speakers(run, call, tmp_path, monkeypatch, long) -> None:
    encoder = write_signal_encoder(tmp_path / "e.onnx")
    asked = [call, "--speakers", "2", "--json", *long]
    result = run(*asked, "--encoder", encoder, "--subtitles", "vtt")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert {word["speaker"] for word in record["words"]} <= {1, 2}
    assert record["words"][0]["speaker"] == 1
    assert record["speakers"][0]["speaker"] == 1
    assert "<v Speaker 1>" in call.with_suffix(".vtt").read_text("utf-8")
    monkeypatch.setenv("OVOZ_SPEAKERS_ENCODER", str(encoder))
    assert json.loads(run(*asked).stdout) == record


def test_turns_are_shown(run, call, tmp_path) -> None:
    encoder = write_signal_encoder(tmp_path / "e.onnx")
    result = run(call, "--speakers", "auto", "--encoder", encoder)
    assert result.exit_code == 0, result.output
    assert "Speaker 1: " in result.stdout
    assert "Speaker" not in run(call).stdout


def test_nobody_asked(run, call) -> None:
    told = run(call, "--json").stdout
    assert "speaker" not in told
    assert list(json.loads(told)["words"][0]) == [
        "text", "start_s", "end_s", "language", "confidence",
    ]  # fmt: skip


def test_what_cannot_be_done_is_told_in_a_line(run, call, tmp_path) -> None:
    strange = write_fbank_encoder(tmp_path / "e.onnx", "mel", "vector")
    for options, told in (
        (["--speakers", "many"], "speakers: 'many' is none of auto, a number from 1 to 20"),
        (["--speakers", "2"], "--speakers needs --encoder FILE"),
        (["--speakers", "2", "--encoder", tmp_path / "nowhere"], "there is no speaker encoder at"),
        (["--speakers", "2", "--encoder", strange], "mel to vector is no known layout"),
    ):
        refused = run(call, *options)
        assert refused.exit_code == 2
        assert told in refused.stderr
        assert refused.stderr.count("\n") == 1
