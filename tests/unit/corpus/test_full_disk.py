"""A disk that is full: told where, nothing half written, and gone on with when there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.validation import ValidationConfig, validate
from ovoz.files import DiskFullError


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 KB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def grow(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def test_ingest_says_where_and_goes_on_later(small_disk: Path, mine: Path) -> None:
    config = FolderConfig(path=mine, licence="internal", consent="signed")
    corpus = small_disk / "data"
    with pytest.raises(DiskFullError, match=f"{small_disk}: the disk is full .*make room"):
        read_source(config, corpus)
    assert not corpus.exists()
    assert not list(small_disk.rglob("*.tmp"))
    grow(small_disk)
    assert len(read_manifest(read_source(config, corpus))) == 40
    assert [path.name for path in small_disk.glob(".data.unfinished")] == []


def test_validation_says_where_and_leaves_the_earlier_result(
    small_disk: Path,
    mine: Path,
) -> None:
    config = FolderConfig(path=mine, licence="internal", consent="signed")
    corpus = Dataset.in_folder(read_source(config, mine.parent / "data").parent)
    lenient = ValidationConfig(max_quarantined_share=1.0, required_splits=("train",))
    (small_disk / "filler").write_bytes(bytes(190_000))
    with pytest.raises(DiskFullError, match="the disk is full"):
        validate(corpus, small_disk / "checked", lenient)
    assert not (small_disk / "checked" / "manifest.parquet").exists()
    grow(small_disk)
    assert (
        len(
            read_manifest(
                validate(corpus, small_disk / "checked", lenient).folder / "manifest.parquet"
            )
        )
        == 40
    )
