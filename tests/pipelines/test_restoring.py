"""A version of the corpus is brought from DVC into another workspace."""

import shutil
from pathlib import Path

import pytest

from ovoz.workspace import Workspace
from pipelines.restoring import NotRestoredError, restore_corpus
from steps.data_versions import version_folder


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, str]:
    """A workspace with two versions of its corpus, and the name of the first."""
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    folder = tmp_path / "origin"
    (folder / "data/audio").mkdir(parents=True)
    monkeypatch.chdir(folder)
    (folder / "data/audio/1.flac").write_bytes(b"first")
    (folder / "data/corpus.json").write_text("{}", "utf-8")
    first = version_folder(Path("data"))
    (folder / "data/audio/2.flac").write_bytes(b"second")
    assert version_folder(Path("data")) != first
    return Workspace(folder), first


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and "tmp" not in file.parts)
    return {str(file): file.read_bytes() for file in files}


def test_an_earlier_version_comes_back(origin, tmp_path: Path, monkeypatch) -> None:
    kept, first = origin
    before = snapshot(kept.root)
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.chdir(there)
    restore_corpus(first, kept, Workspace())
    assert (there / "data/audio/1.flac").read_bytes() == b"first"
    assert not (there / "data/audio/2.flac").exists()
    assert sorted(path.name for path in there.iterdir()) == ["data"]
    assert snapshot(kept.root) == before
    # The run that follows knows it under the same name.
    assert version_folder(Path("data")) == first


def test_the_remote_has_what_the_cache_lost(origin, tmp_path: Path, monkeypatch) -> None:
    kept, first = origin
    shutil.rmtree(kept.root / ".dvc/cache")
    (there := tmp_path / "there").mkdir()
    monkeypatch.chdir(there)
    restore_corpus(first, kept, Workspace())
    assert (there / "data/audio/1.flac").read_bytes() == b"first"


def test_what_is_gone_is_said_to_be(origin, tmp_path: Path, monkeypatch) -> None:
    kept, first = origin
    shutil.rmtree(kept.root / ".dvc/cache")
    shutil.rmtree(kept.root / kept.dvc_remote.relative_to(kept.root))
    (there := tmp_path / "there").mkdir()
    monkeypatch.chdir(there)
    with pytest.raises(NotRestoredError, match="DVC has not all files of the corpus"):
        restore_corpus(first, kept, Workspace())
    assert list(there.iterdir()) == []
    (tmp_path / "untracked").mkdir()
    with pytest.raises(NotRestoredError, match="not inside of a DVC repository"):
        restore_corpus(first, Workspace(tmp_path / "untracked"), Workspace())
