"""Figures do not depend on the processor: int8 and the sensitive tests with AVX2 alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ovoz.engine.export.ctranslate2 import convert
from ovoz.engine.precision import Precision
from ovoz.model.config import HeadKind, NetworkConfig
from ovoz.model.features import LogMel
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer

from ..conftest import ALPHABET
from .avx2_only import UnavailableError, environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SENSITIVE = [
    "tests/service/test_feedback.py::test_a_correction_tells_the_errors",
    "tests/service/test_hints.py::test_words_of_the_other_language_are_never_written",
    "tests/unit/engine/test_engines.py::test_int8_stays_near_the_trained_network",
    "tests/unit/engine/test_precisions.py::test_it_stays_near_the_trained_network",
    "tests/unit/engine/test_rescoring.py::test_onnx_judges_as_torch_does",
    "tests/unit/training/test_stage.py::test_loss_falls_on_four_utterances",
]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def avx2_only() -> dict[str, str]:
    try:
        return {**environment(), "PYTHONPATH": str(ROOT)}
    except UnavailableError as error:
        pytest.skip(f"cannot hide AVX-512 from a process: {error}")


def run(environment: dict[str, str], *arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    return done.stdout


def test_the_libraries_see_no_more_than_avx2(avx2_only) -> None:
    """Else the other tests here would show nothing."""
    script = """
import json, onnxruntime, torch
from numpy._core._multiarray_umath import __cpu_features__ as numpy_features
print(json.dumps([
    torch.backends.cpu.get_cpu_capability(),
    torch.ops.mkldnn._is_mkldnn_bf16_supported(),
    numpy_features["AVX2"], numpy_features["X86_V4"],
]))
"""
    assert json.loads(run(avx2_only, "-c", script)) == ["AVX2", False, True, False]


@pytest.mark.timeout(1200)
def test_the_sensitive_tests_pass(avx2_only) -> None:
    run(avx2_only, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SENSITIVE)


LOG_PROBS = """
import sys
from pathlib import Path
import numpy as np
from ovoz.engine.load import load_ctc_reader
from ovoz.engine.precision import Precision
reader = load_ctc_reader(Path(sys.argv[1]), precision=Precision.INT8_DYNAMIC)
with np.load(sys.argv[2]) as clips:
    np.savez(sys.argv[3], *[reader.log_probs([clips[name]])[0] for name in clips.files])
"""

ENCODED = """
import sys
import ctranslate2
import numpy as np
model = ctranslate2.models.Whisper(sys.argv[1], device="cpu", compute_type="int8")
with np.load(sys.argv[2]) as inputs:
    views = [ctranslate2.StorageView.from_array(inputs[name]) for name in inputs.files]
    np.savez(sys.argv[3], *[np.array(model.encode(view)) for view in views])
"""


def on_both(avx2_only, script: str, network: Path, inputs: list, folder: Path) -> list[np.ndarray]:
    """What a script writes for ``inputs`` on this processor and on the lesser one, [T, D] each."""
    np.savez(folder / "inputs.npz", *inputs)
    written = []
    for name, variables in (("here", HERE), ("avx2", avx2_only)):
        run(variables, "-c", script, network, folder / "inputs.npz", folder / f"{name}.npz")
        with np.load(folder / f"{name}.npz") as arrays:
            rows = [arrays[one].reshape(-1, arrays[one].shape[-1]) for one in arrays.files]
        written.append(np.concatenate(rows))
    return written


def test_onnx_int8_decides_the_same(avx2_only, artifact, clips, tmp_path) -> None:
    here, avx2 = on_both(avx2_only, LOG_PROBS, artifact, clips, tmp_path)
    assert len(here) > 200
    assert np.mean(here.argmax(-1) != avx2.argmax(-1)) <= 0.005


def test_ctranslate2_int8_encodes_the_same(avx2_only, clips, tmp_path) -> None:
    """Saturated products differed by 0.01 and more; frames have a deviation of 1."""
    torch.manual_seed(5)
    shape = NetworkConfig(d_model=144, layers=4, heads=4, head=HeadKind.ATTENTION)
    start = initialize_network(shape, CharTokenizer.from_alphabet(ALPHABET))
    network = convert(start, tmp_path / "network", Precision.INT8_DYNAMIC)
    log_mel = LogMel(start.network.config.features)
    features = [log_mel(clip)[None] for clip in clips]
    here, avx2 = on_both(avx2_only, ENCODED, network, features, tmp_path)
    assert here.std() == pytest.approx(1, abs=0.1)
    assert np.abs(here - avx2).mean() < 1e-3


CORPUS = """
import sys
from pathlib import Path
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate
if __name__ == "__main__":
    sizes = SyntheticConfig(train=60, dev=6, test=12, open=6, train_voices=20)
    generate(sizes, Path(sys.argv[1]))
"""


@pytest.mark.timeout(600)
def test_the_corpus_is_the_same_bytes(avx2_only, tmp_path) -> None:
    """Else data.dvc would change with the machine, and every cache behind it."""
    (tmp_path / "corpus.py").write_text(CORPUS, "utf-8")
    written = []
    for name, variables in (("here", HERE), ("avx2", avx2_only)):
        folder = tmp_path / name
        run(variables, tmp_path / "corpus.py", folder)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        written.append({str(file.relative_to(folder)): file.read_bytes() for file in files})
    here, avx2 = written
    assert len(here) == 2 + 84
    assert [name for name in here if here[name] != avx2.get(name)] == []
    assert len(avx2) == len(here)
