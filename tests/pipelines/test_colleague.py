"""A colleague has the repository and the DVC remote, and not the recordings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from ovoz.corpus.manifest import Split, read_manifest

from ..unit.corpus.conftest import tone
from .test_runs import run, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WORDS = {
    "anna": ["salom dunyo", "yaxshi kun", "katta uy"],
    "olim": ["kichik bola", "yangi kitob", "qora choy"],
    "dina": ["oq qogʻoz", "issiq non", "sovuq suv"],
    "erkin": ["uzun yoʻl", "keng dala", "baland togʻ"],
}


def recordings(folder: Path) -> Path:
    folder.mkdir()
    lines = ["audio,text,speaker"]
    for speaker, texts in WORDS.items():
        for text in texts:
            number = len(lines)
            soundfile.write(folder / f"{number}.wav", tone(1.5, 100 + 10 * number), 16_000)
            lines.append(f"{number}.wav,{text},{speaker}")
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")
    return folder


def call(folder: Path, *arguments: str) -> None:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    subprocess.run(arguments, cwd=folder, check=True, capture_output=True, env=environment)


def dvc(folder: Path, *arguments: str) -> None:
    call(folder, sys.executable, "-m", "dvc", *arguments)


def git(folder: Path, *arguments: str) -> None:
    call(folder, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments)


def test_the_versioned_corpus_is_used_where_the_recordings_are_not(tmp_path: Path) -> None:
    source = recordings(tmp_path / "calls")
    corpus = {"source": "folder", "path": str(source), "licence": "internal", "consent": "signed"}
    profile = write_profile(tmp_path / "profile.yaml", corpus=corpus)
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    git(mine, "init", "--quiet")
    dvc(mine, "init", "--quiet")
    dvc(mine, "remote", "add", "--default", "store", str(tmp_path / "store"))
    done = run(mine, profile, "ingestion")
    assert done.returncode == 0, done.stdout + done.stderr
    git(mine, "add", "data.dvc", ".dvc/config", ".gitignore")
    git(mine, "commit", "--quiet", "--message", "The corpus")

    git(tmp_path, "clone", "--quiet", str(mine), str(theirs))
    shutil.rmtree(source)
    before = (theirs / "data.dvc").read_bytes()
    refused = run(theirs, profile, "ingestion")
    assert refused.returncode == 1
    assert "bring the recordings, or the corpus by `dvc pull`" in " ".join(refused.stdout.split())
    dvc(theirs, "pull", "--quiet")
    done = run(theirs, profile, "data")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "used as it was brought" in done.stdout + done.stderr
    assert (theirs / "data.dvc").read_bytes() == before
    accepted = read_manifest(theirs / ".ovoz/validation/manifest.parquet")
    assert len(accepted) == sum(map(len, WORDS.values()))
    assert {row.split for row in accepted} == {Split.TRAIN, Split.DEV, Split.TEST}

    other = write_profile(tmp_path / "other.yaml", corpus=corpus | {"consent": "by telephone"})
    refused = run(theirs, other, "ingestion")
    assert refused.returncode == 1
    assert "no whole corpus of these settings" in " ".join(refused.stdout.split())
