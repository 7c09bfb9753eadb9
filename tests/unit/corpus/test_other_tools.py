"""Corpora as the field's own tools write them, and parts of files that rows describe."""

import csv
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pydantic import TypeAdapter

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.dropped import DroppedRow, read_dropped
from ovoz.corpus.file_segments import FileSegment, SegmentReader
from ovoz.corpus.manifest import ManifestError, Split, Utterance
from ovoz.corpus.origins import read_origins
from ovoz.corpus.sources import SourceConfig, read_source

from .conftest import tone

OWN = {"licence": "internal", "consent": "signed"}
PARTS = [("salom dunyo", 0.0, 1.5), ("pul keldi", 1.5, 3.25), ("xayr endi", 4.0, 6.0)]


def bring(tmp_path: Path, **config: object) -> tuple[Dataset, list[Utterance], list[DroppedRow]]:
    source = TypeAdapter(SourceConfig).validate_python({**OWN, **config})
    corpus = read_source(source, tmp_path / "corpus").parent
    dataset = Dataset.in_folder(corpus)
    return dataset, dataset.rows(), read_dropped(corpus / "dropped.csv")


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "talk.wav"
    path.parent.mkdir()
    soundfile.write(path, tone(6.0, 140), 16_000)
    return path


def assert_parts(dataset: Dataset, rows: list[Utterance], file: Path) -> None:
    """Every row has its own words and its own part of the file, sample by sample."""
    whole = decode(file)
    by_text = {row.text: dataset.samples(row) for row in rows}
    assert by_text.keys() == {text for text, _, _ in PARTS}
    for text, start_s, end_s in PARTS:
        part = whole[round(start_s * 16_000) : round(end_s * 16_000)]
        np.testing.assert_allclose(by_text[text], part, atol=1e-4)


def test_nemo_manifest_with_offsets(long_file: Path, tmp_path: Path) -> None:
    lines = [
        {
            "audio_filepath": long_file.name,
            "offset": start_s,
            "duration": end_s - start_s,
            "text": text,
        }
        for text, start_s, end_s in PARTS
    ]
    (long_file.parent / "manifest.json").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    dataset, rows, dropped = bring(
        tmp_path, source="folder", path=long_file.parent, table="manifest.json",
        columns={"audio": "audio_filepath"},
    )  # fmt: skip
    assert_parts(dataset, rows, long_file)
    assert dropped == []
    assert {row.split for row in rows} == {Split.TRAIN}, "one file is one voice"
    paths = {origin.path for origin in read_origins(dataset.root).values()}
    assert paths == {"talk.wav#t=0,1.5", "talk.wav#t=1.5,3.25", "talk.wav#t=4,6"}


def test_what_cannot_be_cut_is_named(long_file: Path, tmp_path: Path) -> None:
    soundfile.write(long_file.with_name("short.wav"), tone(4.0, 160), 16_000)
    lines = [
        {"audio": "short.wav", "text": "butun fayl emas", "duration": 1.5},
        {"audio": "talk.wav", "text": "fayldan keyin", "offset": 7, "duration": 1},
        {"audio": "talk.wav", "text": "juda uzun", "offset": 0, "duration": 5.5},
        {"audio": "talk.wav", "text": "oxiri", "offset": 5, "duration": 3},
        {"audio": "talk.wav", "text": "oxirigacha", "offset": 4.5},
    ]
    (long_file.parent / "m.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    dataset, rows, dropped = bring(
        tmp_path, source="folder", path=long_file.parent, table="m.jsonl", max_duration_s=5
    )
    assert [(row.text, row.duration_s) for row in rows] == [("oxiri", 1.0), ("oxirigacha", 1.5)]
    lost = {row.text: read_origins(dataset.root)[row.id].lost_s for row in rows}
    assert lost == {"oxiri": pytest.approx(2.0), "oxirigacha": 0.0}
    assert {(row.kind, row.reason.partition(":")[0]) for row in dropped} == {
        ("longer", "the row states 1.5 s, the file has 4.00 s"),
        ("unreadable", "the segment starts at 7 s, the file ends at 6 s"),
        ("unreadable", "the segment is 5.5 s long, the limit is 5 s"),
    }


@pytest.mark.parametrize("offset", ["-1", "x", "nan"])
def test_an_offset_that_is_none_names_the_row(long_file: Path, tmp_path: Path, offset: str) -> None:
    table = f"audio,text,offset,duration\ntalk.wav,salom,{offset},1\n"
    (long_file.parent / "metadata.csv").write_text(table, "utf-8")
    with pytest.raises(ManifestError, match=r"metadata.csv: row 1: "):
        bring(tmp_path, source="folder", path=long_file.parent)


def test_segments_of_many_files_decode_each_file_once(tmp_path: Path, monkeypatch) -> None:
    import ovoz.corpus.file_segments as module

    for number in range(3):
        soundfile.write(tmp_path / f"{number}.wav", tone(2.0, 100 + 40 * number), 16_000)
    broken = tmp_path / "3.wav"
    broken.write_bytes(b"no sound")
    opened: list[Path] = []
    original = module.stream
    monkeypatch.setattr(module, "stream", lambda path: opened.append(path) or original(path))
    reader = SegmentReader(tmp_path)
    for place in range(10):
        for number in range(3):
            part = reader.read(tmp_path / f"{number}.wav", FileSegment(place / 10, 2.0), 5)
            assert len(part) == round((2.0 - place / 10) * 16_000)
        with pytest.raises(AudioError):
            reader.read(broken, FileSegment(0, 1), 5)
    assert len(opened) == 4
    assert len(list(tmp_path.iterdir())) == 4, "decoded files have no name"


def lhotse_sets(file: Path):
    from lhotse import Recording, RecordingSet, SupervisionSegment, SupervisionSet

    recordings = RecordingSet.from_recordings([Recording.from_file(file, recording_id="talk")])
    supervisions = SupervisionSet.from_segments(
        SupervisionSegment(
            id=f"talk-{number}",
            recording_id="talk",
            start=start_s,
            duration=end_s - start_s,
            text=text,
            speaker="anna",
        )
        for number, (text, start_s, end_s) in enumerate(PARTS)
    )
    return recordings, supervisions


def test_lhotse_recordings_and_supervisions(long_file: Path, tmp_path: Path) -> None:
    recordings, supervisions = lhotse_sets(long_file)
    recordings.to_file(long_file.parent / "recordings.jsonl.gz")
    supervisions.to_file(long_file.parent / "supervisions.jsonl.gz")
    dataset, rows, dropped = bring(tmp_path, source="lhotse", path=long_file.parent)
    assert_parts(dataset, rows, long_file)
    assert dropped == []
    assert {row.speaker for row in rows} == {"anna"}


def test_lhotse_cuts(long_file: Path, tmp_path: Path) -> None:
    from lhotse import CutSet

    cuts = CutSet.from_manifests(*lhotse_sets(long_file))
    faster = cuts.perturb_speed(1.1).modify_ids(lambda name: f"{name}-fast")
    mixed = cuts.pad(duration=8.0).modify_ids(lambda name: f"{name}-padded")
    folder = long_file.parent
    cuts.trim_to_supervisions().to_file(folder / "cuts.jsonl.gz")
    (faster + mixed).to_file(folder / "others.jsonl")
    splits = {"cuts.jsonl.gz": "train", "others.jsonl": "dev"}
    dataset, rows, dropped = bring(tmp_path, source="lhotse", path=folder, cuts=splits)
    assert_parts(dataset, rows, long_file)
    assert {row.split for row in rows} == {Split.TRAIN}
    assert len(dropped) == 4
    assert {row.kind for row in dropped} == {"refused"}
    assert all("CutSet.save_audios" in row.reason for row in dropped)
    by_hand = folder / "cuts.csv"
    by_hand.write_text("audio,text,supervisions\na.wav,salom,[{}]\n", "utf-8")
    with pytest.raises(ManifestError, match="read the folder as source lhotse"):
        bring(tmp_path, source="folder", path=folder, table="cuts.csv")


def test_kaldi_folder_with_segments_as_lhotse_exports_it(long_file: Path, tmp_path: Path) -> None:
    from lhotse.kaldi import export_to_kaldi

    folder = long_file.parent / "data" / "train"
    export_to_kaldi(*lhotse_sets(long_file), folder)
    config = {"source": "kaldi", "path": long_file.parent, "folders": {"data/train": "train"}}
    dataset, rows, dropped = bring(tmp_path, **config)
    assert_parts(dataset, rows, long_file)
    assert dropped == []
    assert {row.speaker for row in rows} == {"anna"}
    with (folder / "wav.scp").open("a") as wav, (folder / "segments").open("a") as segments:
        wav.write("call sph2pipe -f wav call.sph |\nstored raw.ark:17\n")
        segments.write("call-1 call 0 1\nstored-1 stored 0 -1\ntalk-9 talk 0 1\nlost-1 lost 0 1\n")
    with (folder / "text").open("a") as text:
        text.write("call-1 salom\nstored-1 salom\n")
    _, rows, dropped = bring(tmp_path, **config)
    assert len(rows) == 3
    assert [row.reason.partition(":")[0] for row in dropped] == [
        "call is a command, which is not run",
        "stored lies in an archive",
        "text has no line for it",
        "wav.scp has no lost",
    ]


def test_kaldi_folder_without_segments(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        soundfile.write(folder / f"{number}.wav", tone(1.0, 150 + number), 16_000)
    (folder / "wav.scp").write_text("a-1 0.wav\nb-1 1.wav\n")
    (folder / "text").write_text("a-1 salom dunyo\nb-1 pul keldi\n")
    (folder / "utt2spk").write_text("a-1 a\nb-1 b\n")
    _, rows, _ = bring(tmp_path, source="kaldi", path=folder)
    assert [(row.text, row.speaker) for row in rows] == [("salom dunyo", "a"), ("pul keldi", "b")]


def test_lj_speech(tmp_path: Path) -> None:
    folder = tmp_path / "LJSpeech-1.1"
    (folder / "wavs").mkdir(parents=True)
    for number in range(2):
        soundfile.write(folder / "wavs" / f"LJ00{number}.wav", tone(1.0, 150 + number), 22_050)
    lines = ['LJ000|U "ha" dedi, 2 marta|U "ha" dedi, ikki marta', "LJ001|Yaxshi.|"]
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")
    _, rows, _ = bring(tmp_path, source="lj_speech", path=folder)
    assert [row.text for row in rows] == ["u ha dedi ikki marta", "yaxshi"]
    assert {row.speaker for row in rows} == {"lj"}


def test_parquet_that_datasets_wrote(tmp_path: Path) -> None:
    from datasets import ClassLabel, Features, Value
    from datasets import Dataset as HuggingFaceDataset

    from ovoz.corpus.stored_audio import StoredAudio

    files = []
    for number in range(4):
        soundfile.write(tmp_path / f"{number}.wav", tone(1.0, 150 + number), 16_000)
        content = (tmp_path / f"{number}.wav").read_bytes()
        files.append({"bytes": content, "path": f"{number}.wav"})
    columns = {
        "audio": StoredAudio(decode=False),
        "text": Value("string"),
        "speaker": ClassLabel(names=["anna", "bek"]),
    }
    table = {"audio": files, "text": ["bir", "ikki", "uch", "to'rt"], "speaker": [0, 0, 1, 1]}
    folder = tmp_path / "hub"
    folder.mkdir()
    made = HuggingFaceDataset.from_dict(table, features=Features(columns))
    made.to_parquet(folder / "train-00000-of-00001.parquet")
    _, rows, _ = bring(
        tmp_path, source="hugging_face", path=folder, columns={"speaker": "speaker"},
        splits={"train": "train"},
    )  # fmt: skip
    assert [row.speaker for row in rows] == ["0", "0", "1", "1"]
    made.save_to_disk(str(tmp_path / "saved"))
    with pytest.raises(ManifestError, match="save_to_disk"):
        bring(tmp_path, source="hugging_face", path=tmp_path / "saved", splits={"train": None})


@pytest.mark.parametrize("page", ["cp866", "cp1251"])
@pytest.mark.parametrize("unpacked_as", ["bytes", "cp437"])
def test_a_zip_of_a_windows_user(tmp_path: Path, page: str, unpacked_as: str) -> None:
    """Names in a code page without a mark: unzip writes the bytes, Python's zipfile cp437."""
    folder = tmp_path / "in"
    folder.mkdir()
    table = "audio;text\r\nзаписи\\привет.wav;привет мир\r\nзаписи\\пока.wav;пока мир\r\n"
    (folder / "metadata.csv").write_bytes(table.encode("cp1251"))
    names = [f"записи/{name}.wav".encode(page) for name in ("привет", "пока")]
    for number, name in enumerate(names):
        place = folder / (os.fsdecode(name) if unpacked_as == "bytes" else name.decode("cp437"))
        place.parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / "clip.wav", tone(1.0, 150 + number), 16_000)
        (tmp_path / "clip.wav").rename(place)
    _, rows, dropped = bring(tmp_path, source="folder", path=folder)
    assert len(rows) == 2
    assert dropped == []


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "corpus.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("metadata.csv", "audio,text\n")
    with pytest.raises(ManifestError, match=r"corpus.zip: a file, not a folder; unpack it"):
        bring(tmp_path, source="folder", path=archive)


def test_audio_in_capitals_and_behind_links_is_read_and_other_audio_named(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "in", tmp_path / "disk2"
    folder.mkdir()
    elsewhere.mkdir()
    for number, name in enumerate(["a.wav", "B.WAV", "c.flac", "deep.wav"]):
        place = elsewhere if name.startswith("deep") else folder
        soundfile.write(place / name, tone(1.0, 150 + number), 16_000)
        (place / name).with_suffix(".txt").write_text(f"gap {number} bor", "utf-8")
    (folder / "B.txt").rename(folder / "B.TXT")
    (folder / "linked").symlink_to(elsewhere, target_is_directory=True)
    (folder / "linked" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    (folder / "notes.pdf").write_bytes(b"no audio")
    for source in ("pairs", "audio_files"):
        _, rows, dropped = bring(tmp_path, source=source, path=folder, max_missing_share=1)
        assert len(rows) == 3
        assert {(row.path, row.reason) for row in dropped} == {
            ("c.flac", "its name does not match '*.wav' (setting audio)"),
            ("gone.wav", "the link leads to no file"),
        }
    with pytest.raises(
        ManifestError, match=r"(?i)no \*.mp3 in it; .*/[ab].wav: its name does not match"
    ):
        bring(tmp_path, source="pairs", path=folder, audio="*.mp3")
    with pytest.raises(ManifestError, match="the folder cannot be read"):
        bring(tmp_path, source="pairs", path=folder, folders={"none": None})


def test_names_that_no_file_system_takes_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    soundfile.write(folder / "a.wav", tone(1.0, 150), 16_000)
    rows = [("a.wav", "salom"), ("nul\0.wav", "xayr"), ("\ud800.wav", "rahmat"), ("ж" * 200, "ha")]
    lines = [json.dumps({"audio": audio, "text": text}) for audio, text in rows]
    (folder / "m.jsonl").write_text("\n".join(lines), "utf-8")
    _, kept, dropped = bring(
        tmp_path, source="folder", path=folder, table="m.jsonl", max_missing_share=1
    )
    assert len(kept) == 1
    assert [row.kind for row in dropped] == ["missing", "missing", "unreadable"]


def test_common_voice_with_quotation_marks_and_an_empty_clip(tmp_path: Path) -> None:
    root = tmp_path / "uz"
    (root / "clips").mkdir(parents=True)
    for number, name in enumerate(["a", "b", "c"]):
        soundfile.write(root / "clips" / f"{name}.mp3", tone(1.0, 150 + number), 16_000)
    for split, name, text in (
        ("train", "a", '"Ha" dedi'),
        ("dev", "b", 'U "'),
        ("test", "c", "Yo"),
    ):
        with (root / f"{split}.tsv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
            writer.writerow(["client_id", "path", "sentence"])
            writer.writerow([f"s{name}", f"{name}.mp3", text])
    _, rows, _ = bring(tmp_path, source="common_voice", path=root)
    assert {row.raw_text for row in rows} == {'"Ha" dedi', 'U "', "Yo"}
