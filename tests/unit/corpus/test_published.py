"""Published corpora, from small folders with the publishers' own layout and real audio bytes."""

import csv
import io
import json
import tarfile
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from pydantic import TypeAdapter, ValidationError

from ovoz.corpus.dropped import read_dropped
from ovoz.corpus.manifest import Dialect, ManifestError, Split, Utterance, read_manifest
from ovoz.corpus.sources import SourceConfig, read_source
from ovoz.text.language import Language

VI = str(Path(__file__).parents[1] / "text" / "packs" / "vi.yaml")


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, 16_000).astype(np.float32)


def wav(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(seed), 16_000)


def mp3(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=48_000, layout="mono")
        samples = np.repeat(noise(seed), 3)
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def wav_bytes(seed: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, noise(seed), 16_000, format="WAV")
    return buffer.getvalue()


def read(tmp_path: Path, **config: object) -> list[Utterance]:
    source = TypeAdapter(SourceConfig).validate_python(config)
    manifest = read_source(source, tmp_path / "corpus")
    rows = read_manifest(manifest)
    for row in rows:
        info = soundfile.info(manifest.parent / row.audio)
        assert (info.samplerate, info.channels) == (16_000, 1)
        assert row.duration_s == pytest.approx(1.0, abs=0.1)
    return rows


@pytest.fixture
def common_voice(tmp_path) -> Path:
    root = tmp_path / "cv-corpus" / "uz"
    tables = {
        "test": [("t1", "a", 'Bu "yangi" kitob.')],
        "dev": [("d1", "b", "Salom!")],
        "train": [("x1", "c", "Китоб ўқийман")],
        "validated": [("x1", "c", "Китоб ўқийман"), ("v1", "c", "Xayr"), ("v2", "a", "Yoʻq")],
    }
    for seed, clip in enumerate(sorted({clip for rows in tables.values() for clip, _, _ in rows})):
        mp3(root / "clips" / f"{clip}.mp3", seed)
    for name, rows in tables.items():
        lines = ["client_id\tpath\tsentence\tup_votes\tlocale"]
        lines += [f"{who}\t{clip}.mp3\t{text}\t2\tuz" for clip, who, text in rows]
        (root / f"{name}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return root


def test_common_voice(common_voice, tmp_path) -> None:
    rows = read(tmp_path, source="common_voice", path=common_voice)
    assert [(row.split, row.speaker, row.text) for row in rows] == [
        (Split.TEST, "a", "bu yangi kitob"),
        (Split.DEV, "b", "salom"),
        (Split.TRAIN, "c", "kitob oʻqiyman"),
    ]
    assert {(row.source, row.licence) for row in rows} == {("common_voice:uz", "CC0-1.0")}


def test_common_voice_validated_adds_what_no_held_out_speaker_said(common_voice, tmp_path) -> None:
    rows = read(tmp_path, source="common_voice", path=common_voice, validated=True)
    assert [row.raw_text for row in rows if row.split is Split.TRAIN] == ["Китоб ўқийман", "Xayr"]


def test_common_voice_as_the_hub_has_it(tmp_path) -> None:
    root = tmp_path / "common_voice_17_0"
    accents = {"train": "Toshkent shevasi", "dev": "", "test": "Xorazm"}
    for number, (split, accent) in enumerate(accents.items()):
        table = root / "transcript" / "uz" / f"{split}.tsv"
        table.parent.mkdir(parents=True, exist_ok=True)
        head = "client_id\tpath\tsentence\taccents"
        clip = f"common_voice_uz_{number}.mp3"
        table.write_text(f"{head}\n{split}-voice\t{clip}\tSalom {split}\t{accent}\n", "utf-8")
        archive = root / "audio" / "uz" / split / f"uz_{split}_0.tar"
        archive.parent.mkdir(parents=True)
        with tarfile.open(archive, "w") as stream:
            for name in (clip, "of_no_table.mp3"):
                data = wav_bytes(number)
                member = tarfile.TarInfo(f"uz_{split}_0/{name}")
                member.size = len(data)
                stream.addfile(member, io.BytesIO(data))
    rows = read(tmp_path, source="common_voice", path=root, language="uz")
    assert [(row.split, row.dialect, row.text) for row in rows] == [
        (Split.TEST, Dialect.KHOREZM, "salom test"),
        (Split.DEV, Dialect.UNKNOWN, "salom dev"),
        (Split.TRAIN, Dialect.TASHKENT, "salom train"),
    ]
    assert {row.source for row in rows} == {"common_voice:uz"}


def test_common_voice_of_another_language_with_its_pack(common_voice, tmp_path) -> None:
    kazakh = common_voice.rename(common_voice.with_name("kk"))
    rows = read(tmp_path, source="common_voice", path=kazakh)
    assert {row.source for row in rows} == {"common_voice:kk"}


def feruza(tmp_path: Path) -> Path:
    root = tmp_path / "feruza"
    for number, split in enumerate(("train", "test")):
        wav(root / split / "1.wav", number)
        (root / f"{split}.tsv").write_text(
            "audio\ttext_latin\ttext_cyrillic\tduration\twords_count\n"
            f'{split}/1.wav\tBu "{split}" gapi.\tБу "{split}" гапи.\t1.0\t3\n',
            "utf-8",
        )
    return root


def test_feruza_speech_is_one_voice_of_tashkent(tmp_path) -> None:
    (row,) = read(tmp_path, source="feruza_speech", path=feruza(tmp_path))
    assert (row.speaker, row.dialect, row.split) == ("feruza", Dialect.TASHKENT, Split.TRAIN)
    assert (row.text, row.licence) == ("bu train gapi", "academic research")


def test_feruza_speech_by_table_and_alphabet(tmp_path) -> None:
    (row,) = read(
        tmp_path,
        source="feruza_speech",
        path=feruza(tmp_path),
        alphabet="cyrillic",
        tables={"test.tsv": "test"},
    )
    assert (row.raw_text, row.split) == ('Бу "test" гапи.', Split.TEST)


def test_uzbek_voice(tmp_path) -> None:
    root = tmp_path / "uzbekvoice"
    clips = [("ali", "s1", "Salom, dunyo!", 1.0), ("ali", "s2", "Xayr", 1.0), ("vali", "s1", "", 1)]
    table = root / "uzbekvoice-dataset" / "voice_dataset.json"
    table.parent.mkdir(parents=True)
    said = []
    for number, (who, sentence, text, seconds) in enumerate(clips):
        mp3(root / "clips" / who / f"{sentence}.mp3", number)
        said.append(
            {
                "client_id": who,
                "original_sentence_id": sentence,
                "original_sentence": text,
                "clip_duration": seconds,
            }
        )
    said.append(said[0] | {"original_sentence_id": "broken", "clip_duration": None})
    table.write_text(json.dumps(said), "utf-8")
    rows = read(tmp_path, source="uzbek_voice", path=root, dev_share=0, test_share=0)
    assert [(row.text, row.speaker, row.split) for row in rows] == [
        ("salom dunyo", "ali", Split.TRAIN),
        ("xayr", "ali", Split.TRAIN),
        ("", "vali", Split.TRAIN),
    ]
    table.write_text(json.dumps([said[0], {"client_id": "ali"}]), "utf-8")
    with pytest.raises(ManifestError, match=r"row 2: (?s:.)*original_sentence_id"):
        read(tmp_path, source="uzbek_voice", path=root)


def test_fleurs(tmp_path) -> None:
    root = tmp_path / "fleurs" / "data" / "uz_uz"
    (root / "audio").mkdir(parents=True)
    for number, split in enumerate(("train", "dev", "test")):
        rows = [(number, f"{n}.wav", f"Gap «{split}» {n}", "x", "x", 16000, "MALE") for n in (1, 2)]
        with (root / f"{split}.tsv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter="\t", quoting=csv.QUOTE_NONE).writerows(rows)
        with tarfile.open(root / "audio" / f"{split}.tar.gz", "w:gz") as archive:
            for n in (1, 2, 3):  # the third is in no table
                data = wav_bytes(10 * number + n)
                member = tarfile.TarInfo(f"{split}/{n}.wav")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    rows = read(tmp_path, source="fleurs", path=tmp_path / "fleurs")
    assert len(rows) == 6
    assert {row.split for row in rows} == {Split.TRAIN, Split.DEV, Split.TEST}
    assert rows[0].text == "gap test bir"
    assert rows[0].source == "fleurs:uz_uz"


def test_fleurs_archive_cut_short_says_what_to_do(tmp_path) -> None:
    root = tmp_path / "fleurs" / "data" / "uz_uz"
    (root / "audio").mkdir(parents=True)
    (root / "test.tsv").write_text("1\t1.wav\tsalom\tx\tx\t16000\tMALE\n", "utf-8")
    (root / "audio" / "test.tar.gz").write_bytes(b"\x1f\x8b\x08\x00cut")
    with pytest.raises(
        ManifestError, match=r"test\.tar\.gz: not a readable archive.*fetched again"
    ):
        read(tmp_path, source="fleurs", path=tmp_path / "fleurs")


def test_no_folder_and_no_data_set(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ManifestError, match="no-such/corpus"):
        read(tmp_path, source="fleurs", path="no-such/corpus")


def test_usc(tmp_path) -> None:
    root = tmp_path / "ISSAI_USC"
    for number, split in enumerate(("train", "dev", "test")):
        wav(root / split / f"{split}_1.wav", number)
        (root / split / f"{split}_1.txt").write_text(f"bu {split} gapi\n", "utf-8")
    rows = read(tmp_path, source="usc", path=root)
    assert (rows[0].split, rows[0].text) == (Split.TEST, "bu test gapi")
    assert len({row.speaker for row in rows}) == 3
    (root / "dev" / "dev_1.txt").unlink()
    assert len(read(tmp_path, source="usc", path=root)) == 2
    (dropped,) = read_dropped(tmp_path / "corpus" / "dropped.csv")
    assert (dropped.kind, dropped.path) == ("refused", "dev/dev_1.wav")
    assert "no readable transcript" in dropped.reason


def test_pairs_with_speakers_in_the_names(tmp_path) -> None:
    root = tmp_path / "calls"
    for number, name in enumerate(("anna_1", "anna_2", "bek_1")):
        wav(root / "deep" / f"{name}.wav", number)
        (root / "deep" / f"{name}.txt").write_text(f"salom {number}", "utf-8")
    own = {"licence": "internal", "consent": "signed form"}
    rows = read(tmp_path, source="pairs", path=root, speaker=r"^(\w+)_", **own)
    assert [row.speaker for row in rows] == ["anna", "anna", "bek"]
    with pytest.raises(ValidationError, match="needs a group"):
        read(tmp_path, source="pairs", path=root, speaker="[a-z]+", **own)


def test_vivos(tmp_path) -> None:
    root = tmp_path / "vivos"
    for number, (split, speaker) in enumerate((("train", "VIVOSSPK01"), ("test", "VIVOSDEV01"))):
        wav(root / split / "waves" / speaker / f"{speaker}_R001.wav", number)
        (root / split / "prompts.txt").write_text(f"{speaker}_R001 XIN CHÀO {number}\n", "utf-8")
    rows = read(tmp_path, source="vivos", path=root, pack=VI, dev_share=0)
    assert [(row.split, row.text, row.speaker) for row in rows] == [
        (Split.TEST, "xin chào một", "vivosdev01"),
        (Split.TRAIN, "xin chào không", "vivosspk01"),
    ]
    assert {row.languages for row in rows} == {Language.VIETNAMESE}


def test_golos(tmp_path) -> None:
    root = tmp_path / "golos"
    wav(root / "train" / "files" / "1.wav", 1)
    lines = [
        {"id": "1", "audio_filepath": "files/1.wav", "duration": 1.0, "text": "привет"},
        {"id": "2", "audio_filepath": "files/2.wav", "duration": 1.0, "text": ""},
    ]
    (root / "train" / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    rows = read(
        tmp_path, source="golos", path=root, dev_share=0, manifests={"train/manifest.jsonl": None}
    )
    assert [(row.text, row.split, row.languages) for row in rows] == [
        ("привет", Split.TRAIN, Language.RUSSIAN)
    ]


def test_only_what_speakers_agreed_to_and_reviewers_liked(tmp_path) -> None:
    root = tmp_path / "export"
    one = {"text": "salom", "speaker": "s1", "dialect": "khorezm", "consent": "v2", "accepted": 2}
    changes = [
        {},
        {"consent": None},
        {"consent": "v1"},
        {"accepted": 1},
        {"accepted": 3, "rejected": 3},
    ]
    lines = []
    for number, change in enumerate(changes):
        wav(root / "audio" / f"{number}.wav", number)
        lines.append(one | {"id": str(number), "audio": f"{number}.wav"} | change)
    (root / "contributions.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    (row,) = read(tmp_path, source="telegram", path=root, consent="v2")
    assert (row.speaker, row.dialect, row.consent) == ("s1", Dialect.KHOREZM, "v2")
    (root / "contributions.jsonl").write_text('{"id": "1"}\n', "utf-8")
    with pytest.raises(ManifestError, match=r"line 1: (?s:.)*audio"):
        read(tmp_path, source="telegram", path=root, consent="v2")


def test_hugging_face_data_set_in_a_folder(tmp_path) -> None:
    root = tmp_path / "feruza" / "data"
    root.mkdir(parents=True)
    for number, split in enumerate(("train", "test")):
        rows = {
            "speech": [{"bytes": wav_bytes(number), "path": "a.wav"}],
            "sentence": [f"salom {split}"],
            "who": ["feruza"],
        }
        pq.write_table(pa.table(rows), root / f"{split}-00000-of-00001.parquet")
    own = {"licence": "CC-BY-4.0", "consent": "publisher's terms"}
    columns = {"audio": "speech", "text": "sentence", "speaker": "who"}
    config = {"source": "hugging_face", "path": tmp_path / "feruza", "columns": columns, **own}
    splits = {"test": "test", "train": "train"}
    rows = read(tmp_path, splits=splits, **config)
    assert [(row.split, row.text, row.speaker) for row in rows] == [
        (Split.TEST, "salom test", "feruza"),
        (Split.TRAIN, "salom train", "feruza"),
    ]
    with pytest.raises(ManifestError, match="no split 'validation'"):
        read(tmp_path, **config)
    with pytest.raises(ValidationError, match="not \\['text_column'\\]"):
        read(tmp_path, **(config | {"columns": {"text_column": "sentence"}}))
    with pytest.raises(ManifestError, match="needs the columns 'speech' and 'text'"):
        read(tmp_path, splits=splits, **(config | {"columns": {"audio": "speech"}}))


def test_hugging_face_audiofolder_on_disk(tmp_path) -> None:
    """As `datasets` documents it; no torchcodec is installed: the product decodes."""
    root = tmp_path / "spoken"
    for number, split in enumerate(("train", "test")):
        wav(root / split / "a.wav", number)
        (root / split / "metadata.csv").write_text(
            f"file_name,text,who\na.wav,salom {split},s{number}\n", "utf-8"
        )
    rows = read(
        tmp_path, source="hugging_face", path=root, licence="CC0-1.0", consent="given",
        splits={"test": "test", "train": "train"}, columns={"speaker": "who"},
    )  # fmt: skip
    assert [(row.split, row.text, row.speaker) for row in rows] == [
        (Split.TEST, "salom test", "s1"),
        (Split.TRAIN, "salom train", "s0"),
    ]


def folder(tmp_path: Path, name: str, seeds: list[int]) -> dict[str, object]:
    root = tmp_path / name
    lines = ["audio,text"]
    for seed in seeds:
        wav(root / f"{seed}.wav", seed)
        lines.append(f"{seed}.wav,gap {seed}")
    (root / "metadata.csv").write_text("\n".join(lines), "utf-8")
    return {"source": "folder", "path": root, "licence": "internal", "consent": "signed form"}


def test_audio_that_an_earlier_source_brought_is_not_brought_again(tmp_path) -> None:
    sources = [folder(tmp_path, "one", [1, 2]), folder(tmp_path, "two", [2, 3])]
    rows = read(tmp_path, source="combined", sources=sources)
    assert [row.source for row in rows] == ["folder:one", "folder:one", "folder:two"]
    assert len(list((tmp_path / "corpus").rglob("*.flac"))) == 3
    # The same name in two corpora is not the same person.
    assert [row.speaker for row in rows] == [
        "folder:one/1.wav",
        "folder:one/2.wav",
        "folder:two/3.wav",
    ]
    record = json.loads((tmp_path / "corpus" / "corpus.json").read_text())
    assert (record["recordings"], record["kept"], record["same-audio"]) == (4, 3, 1)
    (dropped,) = read_dropped(tmp_path / "corpus" / "dropped.csv")
    assert (dropped.source, dropped.row, dropped.path) == (
        "folder:two",
        "metadata.csv: row 1",
        "2.wav",
    )
    assert dropped.reason == f"its audio and text stay, as {rows[1].id}"


def test_licences_that_are_not_allowed_are_named(tmp_path) -> None:
    sources = [folder(tmp_path, "one", [1]), folder(tmp_path, "two", [2]) | {"licence": "CC-BY-NC"}]
    allowed = {"allowed_licences": ["internal", "CC0-1.0"]}
    with pytest.raises(ManifestError, match=r"'CC-BY-NC', first at .*metadata\.csv: row 1;"):
        read(tmp_path, source="combined", sources=sources, **allowed)
    assert read(tmp_path, source="combined", sources=sources[:1], **allowed)


def test_a_killed_run_goes_on_behind_what_it_finished(tmp_path, monkeypatch) -> None:
    from ovoz.corpus import ingestion

    monkeypatch.setattr(ingestion, "PART", 2)
    from ovoz.corpus import bringing

    config = folder(tmp_path, "one", [1, 2, 3, 4, 5])
    decode, heard = bringing.decode, []

    def until_killed(source, **options):
        heard.append(Path(source).stem)
        if len(heard) > 4:
            raise KeyboardInterrupt
        return decode(source, **options)

    monkeypatch.setattr(bringing, "decode", until_killed)
    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, **config)
    assert not (tmp_path / "corpus").exists()
    monkeypatch.setattr(
        bringing, "decode", lambda source, **o: heard.append("x") or decode(source, **o)
    )
    heard.clear()
    rows = read(tmp_path, **config)
    assert heard == ["x"]
    assert [row.text for row in rows] == [
        f"gap {word}" for word in ["bir", "ikki", "uch", "toʻrt", "besh"]
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".corpus.lock", "corpus", "one"]
