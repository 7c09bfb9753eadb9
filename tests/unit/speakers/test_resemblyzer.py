"""The weights in Resemblyzer's package, from the wheel to speakers of synthetic voices."""

import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import Voice
from ovoz.engine.export.resemblyzer import mel_filters
from ovoz.speakers.diarization import Diarizer
from ovoz.speakers.encoder import EncoderLayout, SpeakerEncoder

RUNNER = CliRunner()


def test_what_holds_no_weights_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "empty.whl").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("other.py", "")
    for name in ("nowhere.whl", "empty.whl", "other.whl"):
        out = tmp_path / "e.onnx"
        refused = RUNNER.invoke(app, ["export-encoder", str(tmp_path / name), str(out)])
        assert refused.exit_code == 2
        assert refused.stderr.startswith("error: ")
        assert refused.stderr.count("\n") == 1
        assert not out.exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    asked = ["download", "--quiet", "--no-deps", "--dest", str(folder), "resemblyzer==0.1.4"]
    if subprocess.run([sys.executable, "-m", "pip", *asked], check=False).returncode:
        pytest.skip("the package resemblyzer cannot be downloaded")
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def encoder_file(wheel: Path, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("encoder") / "speakers.onnx"
    done = RUNNER.invoke(app, ["export-encoder", str(wheel), str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.mark.slow
def test_embeddings_are_those_of_the_package(wheel: Path, encoder_file: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open("resemblyzer/pretrained.pt") as file:
        state = torch.load(file, "cpu", weights_only=True)["model_state"]
    lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
    lstm.load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("lstm.")})
    signals = np.random.default_rng(0).standard_normal((3, 25_600)).astype(np.float32) * 0.05
    spectrum = torch.stft(
        torch.from_numpy(signals), 400, 160, window=torch.hann_window(400), pad_mode="constant",
        return_complex=True,
    )  # fmt: skip
    mels = (spectrum.abs() ** 2).transpose(1, 2) @ torch.from_numpy(mel_filters())
    with torch.no_grad():
        hidden = lstm(mels)[1][0][-1]
        expected = torch.relu(hidden @ state["linear.weight"].T + state["linear.bias"])
    encoder = SpeakerEncoder(encoder_file)
    assert encoder.layout is EncoderLayout.OVOZ
    expected = torch.nn.functional.normalize(expected).numpy()
    np.testing.assert_allclose(encoder.embed(signals), expected, atol=1e-4)


@pytest.mark.slow
def test_synthetic_voices_are_told_apart(encoder_file: Path) -> None:
    speaker = Speaker()
    texts = ["bugun havo juda yaxshi boʻldi", "men ertaga bozorga boraman", "u kitob oʻqiyapti"]
    voices = [Voice("Michael", 30, 40, 150), Voice("belinda", 70, 60, 150)]
    pieces, pause = [], np.zeros(8_000, np.float32)
    for turn in range(6):
        said = [speaker.say(text, voices[turn % 2]) for text in texts]
        pieces.append(np.concatenate([*said, pause]))
    found = Diarizer(SpeakerEncoder(encoder_file)).diarize(pieces)
    order = [one.speaker for one in found]
    changes = [order[0], *(b for a, b in pairwise(order) if a != b)]
    assert changes == [1, 2, 1, 2, 1, 2]
