"""SIGKILL while DVC records a corpus: one more call leaves what an undisturbed one does."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from steps.data_versions import version_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FILES = 300
KILLS = 8
# The imports take most of the time and are of no interest: the parent waits until they are done.
CHILD = """
import dvc.repo
from pathlib import Path
from steps.data_versions import version_folder
print("ready", flush=True)
version_folder(Path("data"))
print("done", flush=True)
"""
ROOT = Path(__file__).resolve().parents[2]


def start(workspace: Path) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        cwd=workspace,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def write_corpus(workspace: Path, seed: int) -> dict[str, bytes]:
    """Files with drawn content, large enough that adding them takes a moment."""
    draw = random.Random(seed)
    corpus = {f"{number % 7}/{number}.flac": draw.randbytes(20_000) for number in range(FILES)}
    for name, content in corpus.items():
        (workspace / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / "data" / name).write_bytes(content)
    return corpus


def read_folder(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_version_is_whole_after_kills_and_one_more_call(tmp_path: Path, monkeypatch) -> None:
    workspace = tmp_path / "workspace"
    corpus = write_corpus(workspace, seed=0)
    undisturbed = start(workspace)
    started = time.monotonic()
    assert undisturbed.wait() == 0
    took = time.monotonic() - started

    draw, killed = random.Random(1), 0
    for kill in range(KILLS):
        shutil.rmtree(workspace / "data")
        corpus = write_corpus(workspace, seed=kill + 1)
        process = start(workspace)
        time.sleep(took * draw.random())
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert read_folder(workspace / "data") == corpus, "no file of the corpus was lost"
    assert killed >= KILLS // 2, "most calls were killed before their end"

    monkeypatch.chdir(workspace)
    version = version_folder(Path("data"))
    assert version in (workspace / "data.dvc").read_text("utf-8")
    shutil.rmtree(workspace / "data")
    shutil.rmtree(workspace / ".dvc/cache")
    pull = [sys.executable, "-m", "dvc", "pull", "--quiet"]
    subprocess.run(pull, check=True, env=os.environ | {"DVC_NO_ANALYTICS": "1"})
    assert read_folder(workspace / "data") == corpus, "the remote has the version whole"
    left = [path for path in workspace.rglob("*") if path.name.endswith(".tmp")]
    assert left == []
