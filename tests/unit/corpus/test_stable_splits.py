"""Splits that stay when recordings are added, and a corpus of one voice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
import yaml

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import Split, Utterance, read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.splits import SplitRow, plan_splits
from ovoz.corpus.validation import ValidationConfig, validate
from ovoz.profile import load_profile

from .conftest import tone

ROOT = Path(__file__).resolve().parents[3]
ONE_VOICE = {"dev": ["sentence"], "test": ["sentence"]}


def write(folder: Path, speakers: int, clips: int) -> None:
    folder.mkdir(exist_ok=True)
    lines = ["audio,text,speaker"]
    for number in range(speakers * clips):
        audio = folder / f"{number}.wav"
        if not audio.is_file():
            soundfile.write(audio, tone(0.5, 60 + number), 16_000)
        lines.append(f"{number}.wav,gap {number} bor,s{number % speakers}")
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")


def ingest(folder: Path, **settings: object) -> list[Utterance]:
    config = FolderConfig(path=folder, licence="x", consent="y", **settings)
    return read_manifest(read_source(config, folder.parent / "data"))


def splits_of(rows: list[Utterance]) -> dict[str, Split]:
    return {row.raw_text: row.split for row in rows}


def test_rows_keep_their_splits_when_recordings_are_added(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, 5, 2)
    before = splits_of(ingest(folder))
    assert set(before.values()) == {Split.TRAIN, Split.DEV, Split.TEST}
    write(folder, 5, 4)
    again = splits_of(ingest(folder))
    assert before.items() <= again.items()
    assert len(again) == 20
    lines = (folder / "metadata.csv").read_text("utf-8").splitlines()
    for number in range(20, 30):
        soundfile.write(folder / f"{number}.wav", tone(0.5, 60 + number), 16_000)
        lines.insert(1, f"{number}.wav,gap {number} bor,a{number}")
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")
    rows = ingest(folder)
    assert again.items() <= splits_of(rows).items()
    owners = {row.speaker: row.split for row in rows}
    assert all(owners[row.speaker] is row.split for row in rows)
    other = splits_of(ingest(folder, test_share=0.4))
    assert not before.items() <= other.items(), "other settings split anew"


def test_a_new_row_of_a_test_speaker_does_not_take_a_trained_sentence() -> None:
    rows = [
        SplitRow("anna", "a", Split.TEST),
        SplitRow("bek", "b", Split.TRAIN),
        SplitRow("anna", "b"),
        SplitRow("anna", "c"),
        SplitRow("bek", "a"),
        SplitRow("vali", "a"),
    ]
    plan = plan_splits(rows, {Split.TEST: 0.1})
    assert plan == [Split.TEST, Split.TRAIN, None, Split.TEST, None, None]


def test_one_voice_is_split_by_its_sentences_and_stays_so(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, 1, 12)
    before = ingest(folder, unseen=ONE_VOICE)
    assert {row.split for row in before} == {Split.TRAIN, Split.DEV, Split.TEST}
    result = validate(
        Dataset.in_folder(tmp_path / "data"),
        tmp_path / "checked",
        ValidationConfig(unseen=ONE_VOICE, severities={"noise": "warning"}),
    )
    assert result.accepted == 12
    write(folder, 1, 20)
    after = splits_of(ingest(folder, unseen=ONE_VOICE))
    assert splits_of(before).items() <= after.items()


def test_a_profile_names_the_rule_once(tmp_path: Path) -> None:
    profile = yaml.safe_load((ROOT / "configs/smoke.yaml").read_text("utf-8"))
    own = {"path": "mine", "licence": "x", "consent": "y"}
    profile["corpus"] = {
        "source": "combined",
        "sources": [{"source": "folder", **own}, {"source": "synthetic", "seed": 1}],
    }
    profile.setdefault("validation", {})["unseen"] = {"dev": ["speaker"]}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(profile), "utf-8")
    loaded = load_profile(tmp_path / "p.yaml")
    assert loaded.corpus.sources[0].unseen == loaded.validation.unseen
    assert loaded.validation.unseen[Split.DEV] == {"speaker"}


@pytest.mark.parametrize("dump", ["model_dump_json()", "model_dump(mode='json')"])
def test_settings_are_written_alike_in_every_process(dump: str) -> None:
    """ZenML's cache and the fingerprint of a corpus compare them as text."""
    code = f"from ovoz.corpus.validation.config import ValidationConfig as C; print(C().{dump})"
    written = set()
    for seed in range(6):
        environment = os.environ | {"PYTHONHASHSEED": str(seed)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        written.add(done.stdout)
    assert len(written) == 1
