"""A speaker who withdrew is in no place that Ovoz writes, and does not come back."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from ovoz.corpus.dropped import read_dropped
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.forgotten import read_forgotten
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.sources import read_source
from steps.data_versions import version_folder

from ..unit.corpus.conftest import tone

SPEAKERS = ["anna", "bek", "vali"]
OVOZ = Path(sys.executable).with_name("ovoz")


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions of a corpus under DVC; anna is in both."""
    source, here = tmp_path / "recordings", tmp_path / "workspace"
    source.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    lines = ["audio,text,speaker"]
    for number in range(12):
        speaker = SPEAKERS[number % 3]
        soundfile.write(source / f"{number}.wav", tone(1.0, 100 + 20 * number), 16_000)
        lines.append(f"{number}.wav,gap {number} bor,{speaker}")
        if number in (8, 11):
            (source / "metadata.csv").write_text("\n".join(lines), "utf-8")
            ingest(source)
            version_folder(Path("data"))
    return here


def ingest(source: Path) -> None:
    read_source(FolderConfig(path=source, licence="x", consent="y"), Path("data"))


def test_a_corpus_under_dvc_takes_its_size_once_where_links_are(workspace: Path) -> None:
    """Folder, cache and remote share their content, by reflinks or by hard links."""
    flac = max((workspace / "data" / "audio").rglob("*.flac"))
    try:
        os.link(flac, workspace / "link")
    except OSError:
        pytest.skip("the file system has no hard links")
    (workspace / "link").unlink()
    same = [
        path
        for path in files_below(workspace)
        if path.stat().st_size == flac.stat().st_size and path.read_bytes() == flac.read_bytes()
    ]
    assert len(same) == 3, "folder, cache and remote"
    if flac.stat().st_nlink > 1:  # without reflinks
        assert len({path.stat().st_ino for path in same}) == 1


@pytest.mark.slow
def test_a_speaker_is_forgotten_everywhere(workspace: Path) -> None:
    rows = read_manifest(workspace / "data/manifest.parquet")
    theirs = [row for row in rows if row.speaker == "anna"]
    voices = {(workspace / "data" / row.audio).read_bytes() for row in theirs}
    assert len(voices) == 4
    made = workspace / ".ovoz" / "validation"
    shutil.copytree(workspace / "data", made)
    shutil.make_archive(str(workspace / ".ovoz/stored/data"), "gztar", workspace / "data")
    done = call(workspace, str(OVOZ), "forget", "Anna ")
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("data/: 4 rows, 4 files", "DVC's cache", "DVC's remote 'local'", "What remains"):
        assert told in done.stdout
    for path in files_below(workspace):
        content = path.read_bytes()
        assert content not in voices, path
        assert b"anna" not in content.lower() or path.suffix == ".db", path
    assert not made.exists()
    assert not (workspace / ".ovoz/stored").exists()
    left = read_manifest(workspace / "data/manifest.parquet")
    assert {row.speaker for row in left} == {"bek", "vali"}
    assert len(left) == 8
    shutil.rmtree(workspace / "data")
    shutil.rmtree(workspace / ".dvc/cache")
    pulled = call(workspace, sys.executable, "-m", "dvc", "pull", "--quiet")
    assert pulled.returncode == 0, pulled.stderr
    assert read_manifest(workspace / "data/manifest.parquet") == left
    again = call(workspace, str(OVOZ), "forget", "anna")
    assert again.returncode == 3
    assert "nothing of a speaker 'anna' is left" in again.stdout


@pytest.mark.slow
def test_a_forgotten_speaker_is_not_brought_again(workspace: Path) -> None:
    assert call(workspace, str(OVOZ), "forget", "anna").returncode == 0
    assert len(read_forgotten(workspace / "forgotten.txt")) == 1
    ingest(workspace.parent / "recordings")
    left = read_manifest(workspace / "data/manifest.parquet")
    assert {row.speaker for row in left} == {"bek", "vali"}
    dropped = read_dropped(workspace / "data/dropped.csv")
    assert len(dropped) == 4
    assert {(row.kind, row.speaker, row.path) for row in dropped} == {("forgotten", "", "")}
