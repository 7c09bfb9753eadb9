"""A plain folder of recordings as a source."""

import json
from pathlib import Path

import pytest
import soundfile

from ovoz.corpus.corpus_record import read_ingestion_counts
from ovoz.corpus.dropped import DroppedRow, read_dropped
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import Dialect, ManifestError, Split, read_manifest
from ovoz.corpus.sources import read_source
from ovoz.text.language import Language


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for pitch, name in enumerate("abc", start=37):
        record(folder / f"{name}.wav", pitch)
    return folder


def record(path: Path, pitch: int) -> None:
    samples = [0.3 * ((index * pitch % 200) / 100 - 1) for index in range(44_100)]
    soundfile.write(path, [[one, one] for one in samples], 44_100)


def config(folder: Path, **more: object) -> FolderConfig:
    return FolderConfig(path=folder, licence="internal", consent="signed form", **more)


def test_csv_becomes_a_manifest(recordings, tmp_path) -> None:
    (recordings / "metadata.csv").write_text(
        "audio,text,speaker,split,dialect\n"
        "a.wav,Заказni oldim!,anna,train,tashkent\n"
        'b.wav,"Kartam qayerda, aka?",bek,test,\n',
        "utf-8",
    )
    manifest = read_source(config(recordings), tmp_path / "data")
    first, second = read_manifest(manifest)
    assert first.text == "заказni oldim"
    assert first.raw_text == "Заказni oldim!"
    assert first.languages is Language.MIXED
    assert first.dialect is Dialect.TASHKENT
    assert (first.split, second.split) == (Split.TRAIN, Split.TEST)
    assert first.duration_s == pytest.approx(1.0, abs=0.01)
    info = soundfile.info(manifest.parent / first.audio)
    assert (info.samplerate, info.channels) == (16_000, 1)


def test_jsonl_with_other_headings(recordings, tmp_path) -> None:
    lines = [{"path": "a.wav", "sentence": "salom"}, {"path": "b.wav", "sentence": "привет"}]
    (recordings / "all.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    columns = {"audio": "path", "text": "sentence"}
    rows = read_manifest(
        read_source(config(recordings, table="all.jsonl", columns=columns), tmp_path / "data")
    )
    assert [row.text for row in rows] == ["salom", "привет"]


def test_a_speaker_is_never_in_two_splits(recordings, tmp_path) -> None:
    rows = ["audio,text,speaker"]
    for number in range(80):
        record(recordings / f"{number}.wav", 7 + number)
        rows.append(f"{number}.wav,salom {number},{number // 2}")
    (recordings / "metadata.csv").write_text("\n".join(rows), "utf-8")
    shares = {"dev_share": 0.2, "test_share": 0.3}
    found = read_manifest(read_source(config(recordings, **shares), tmp_path / "data"))
    by_speaker = {
        row.speaker: {one.split for one in found if one.speaker == row.speaker} for row in found
    }
    assert all(len(splits) == 1 for splits in by_speaker.values())
    assert {split for splits in by_speaker.values() for split in splits} == {
        Split.TRAIN,
        Split.DEV,
        Split.TEST,
    }


def test_broken_recording_is_brought_for_validation_to_name(recordings, tmp_path) -> None:
    (recordings / "b.wav").write_bytes(b"RIFF nothing")
    (recordings / "metadata.csv").write_text("audio,text\na.wav,salom\nb.wav,xayr\n", "utf-8")
    rows = read_manifest(read_source(config(recordings), tmp_path / "data"))
    assert rows[1].duration_s == 0
    assert read_ingestion_counts(tmp_path / "data")["undecodable"] == 1
    assert (tmp_path / "data" / rows[1].audio).read_bytes() == b"RIFF nothing"


def test_unchanged_folder_is_not_read_again(recordings, tmp_path) -> None:
    (recordings / "metadata.csv").write_text("audio,text\na.wav,salom\n", "utf-8")
    seen: list[int] = []
    for _ in range(2):
        read_source(config(recordings), tmp_path / "data", lambda done, total: seen.append(done))
    assert seen == [1]
    (recordings / "metadata.csv").write_text("audio,text\na.wav,xayr\n", "utf-8")
    rows = read_manifest(read_source(config(recordings), tmp_path / "data"))
    assert rows[0].text == "xayr"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("audio,words\na.wav,salom\n", r"row 1 \(line 2\) has no column text; it has audio, words"),
        ("audio,text\nnone.wav,salom\n", "row 1: no such recording"),
        ("audio,text,split\na.wav,salom,training\n", "row 1: 'training'"),
    ],
)
def test_faulty_table_is_named(recordings, tmp_path, table, message) -> None:
    (recordings / "metadata.csv").write_text(table, "utf-8")
    with pytest.raises(ManifestError, match=message):
        read_source(config(recordings), tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_few_missing_files_are_named_and_left_out(recordings, tmp_path) -> None:
    rows = "".join("a.wav,salom\n" for _ in range(30))
    (recordings / "metadata.csv").write_text(f"audio,text\n{rows}gone.wav,xayr\n", "utf-8")
    folder = read_source(config(recordings), tmp_path / "data").parent
    assert read_ingestion_counts(folder) == {
        "recordings": 31,
        "kept": 1,
        "undecodable": 0,
        "marks_removed": 0,
        "cut_short": 0,
        "missing": 1,
        "same-audio": 29,
    }
    first, *others = read_dropped(folder / "dropped.csv")
    assert first == DroppedRow(
        "missing",
        "folder:mine",
        "metadata.csv: row 31",
        "gone.wav",
        "",
        "no such recording: gone.wav",
    )
    assert {row.kind for row in others} == {"same-audio"}
    assert [row.text for row in read_manifest(folder / "manifest.parquet")] == ["salom"]


def test_missing_table_is_named(recordings, tmp_path) -> None:
    with pytest.raises(ManifestError, match="not a readable table"):
        read_source(config(recordings), tmp_path / "data")
