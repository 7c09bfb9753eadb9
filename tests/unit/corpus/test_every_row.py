"""Every row that comes in is accepted, or named with its source file and the reason."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ovoz.corpus.corpus_record import read_ingestion_counts
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.dropped import read_dropped
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import ManifestError, Split, read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.validation import CorpusRejectedError, ValidationConfig, validate

from .conftest import sentence, tone

LENIENT = ValidationConfig(max_quarantined_share=1.0, required_splits=("train",))


def ingest(folder: Path, **more: object) -> Path:
    config = FolderConfig(path=folder, licence="internal", consent="signed", **more)
    return read_source(config, folder.parent / "data").parent


def check(corpus: Path, config: ValidationConfig = LENIENT) -> Path:
    return validate(Dataset.in_folder(corpus), corpus.parent / "checked", config).folder


def accounted(corpus: Path, checked: Path) -> int:
    """Rows of the accepted manifest and of the one table of dropped rows."""
    return len(read_manifest(checked / "manifest.parquet")) + len(
        read_dropped(checked / "dropped.csv")
    )


def test_empty_downloads_are_unreadable_and_not_the_same_audio(mine: Path) -> None:
    for number in range(20):
        (mine / f"{number}.wav").write_bytes(b"")
    corpus = ingest(mine)
    counts = read_ingestion_counts(corpus)
    assert (counts["kept"], counts["undecodable"]) == (40, 20)
    with pytest.raises(CorpusRejectedError, match="20 of 40 rows fail, more than 20%"):
        check(corpus, ValidationConfig())
    dropped = read_dropped(mine.parent / "checked" / "dropped.csv")
    assert {row.path for row in dropped} == {f"{number}.wav" for number in range(20)}
    assert {row.kind for row in dropped} == {"audio"}
    assert all("0 bytes" in row.reason and "twice" not in row.reason for row in dropped)


def test_the_same_audio_in_train_and_test_stays_in_test(mine: Path) -> None:
    shutil.copy(mine / "0.wav", mine / "1.wav")
    rows = [("0.wav", "salom dunyo bor", "a", "train"), ("1.wav", "salom dunyo bor", "b", "test")]
    write(mine, rows)
    corpus = ingest(mine, dev_share=0)
    (row,) = read_manifest(corpus / "manifest.parquet")
    assert (row.split, row.speaker) == (Split.TEST, "b")
    (dropped,) = read_dropped(corpus / "dropped.csv")
    assert (dropped.kind, dropped.row, dropped.speaker) == (
        "same-audio",
        "metadata.csv: row 1",
        "a",
    )


def test_the_same_audio_with_two_transcripts_is_set_aside_whole(mine: Path) -> None:
    shutil.copy(mine / "0.wav", mine / "1.wav")
    rows = [(f"{n}.wav", text, "a", "train") for n, text in enumerate(["salom bor", "xayr bor"])]
    write(mine, [*rows, ("2.wav", "katta uy bor", "a", "train")])
    corpus = ingest(mine, dev_share=0)
    checked = check(corpus)
    assert [row.text for row in read_manifest(checked / "manifest.parquet")] == ["katta uy bor"]
    dropped = read_dropped(checked / "dropped.csv")
    assert [(row.kind, row.path) for row in dropped] == [
        ("unique-audio", "0.wav"),
        ("unique-audio", "1.wav"),
    ]


def write(folder: Path, rows: list[tuple[str, ...]]) -> None:
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("audio", "text", "speaker", "split"), *rows])


def test_odd_names_and_locked_files_are_named_and_the_rest_goes_on(mine: Path) -> None:
    old = os.fsencode(mine) + "/звук.wav".encode("cp1251")
    shutil.copy(mine / "0.wav", old)
    config = {"source": "audio_files", "path": mine, "licence": "internal", "consent": "signed"}
    from pydantic import TypeAdapter

    from ovoz.corpus.sources import SourceConfig

    source = TypeAdapter(SourceConfig).validate_python(config)
    corpus = read_source(source, mine.parent / "heard").parent
    assert read_ingestion_counts(corpus)["recordings"] == 41
    assert any("\\udce7" in row.path for row in read_dropped(corpus / "dropped.csv"))
    (mine / "metadata.csv").write_text(
        f"audio,text\n1.wav,salom\n{'long' * 80}.wav,xayr\n", "utf-8"
    )
    corpus = ingest(mine, max_missing_share=1)
    (dropped,) = read_dropped(corpus / "dropped.csv")
    assert dropped.kind == "unreadable"
    assert "File name too long" in dropped.reason


def test_rows_added_at_the_top_rename_nothing(mine: Path) -> None:
    before = {row.text: (row.id, row.audio) for row in rows_of(ingest(mine))}
    table = (mine / "metadata.csv").read_text("utf-8").splitlines()
    soundfile.write(mine / "new.wav", tone(1.0, 97), 16_000)
    table.insert(1, "new.wav,butunlay yangi gap,s0")
    (mine / "metadata.csv").write_text("\n".join(table), "utf-8")
    after = {row.text: (row.id, row.audio) for row in rows_of(ingest(mine))}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


def rows_of(corpus: Path) -> list:
    return read_manifest(corpus / "manifest.parquet")


def test_what_is_missing_of_a_corpus_is_brought_again(mine: Path) -> None:
    corpus = ingest(mine)
    whole = {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}
    for lost in ("manifest.parquet", "corpus.json", rows_of(corpus)[3].audio):
        (corpus / lost).unlink()
        ingest(mine)
        assert {path: path.read_bytes() for path in whole} == whole
    (corpus / "corpus.json").write_text('{"fingerprint": ')
    ingest(mine)
    assert {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()} == whole


def test_half_written_audio_of_a_killed_run_is_removed(mine: Path) -> None:
    corpus = ingest(mine)
    unfinished = mine.parent / ".data.unfinished" / "audio" / "00"
    unfinished.mkdir(parents=True)
    parts = unfinished.parents[1] / "parts"
    parts.mkdir()
    (corpus / "manifest.parquet").unlink()
    (parts / "of").write_text(json.loads((corpus / "corpus.json").read_text())["fingerprint"])
    (unfinished / ".left.tmp").write_bytes(b"half")
    assert not list(ingest(mine).rglob("*.tmp"))


def test_a_changed_decoder_or_normalizer_is_applied(mine: Path, monkeypatch) -> None:
    from ovoz.corpus import survey

    first = json.loads((ingest(mine) / "corpus.json").read_text())["fingerprint"]
    closure = survey.find_code_closure("ovoz.corpus.ingestion")
    named = {path.name for path in closure}
    assert {"decode.py", "canonicalization.py", "uz-ru.yaml", "uzbek_russian.py"} <= named
    survey._digest_makers.cache_clear()
    monkeypatch.setattr(survey, "digest_code", lambda files: "another decoder")
    try:
        again = json.loads((ingest(mine) / "corpus.json").read_text())["fingerprint"]
    finally:
        survey._digest_makers.cache_clear()
    assert again != first


def test_a_file_of_the_same_size_and_time_is_noticed(mine: Path) -> None:
    before = {row.id for row in rows_of(ingest(mine))}
    file = mine / "5.wav"
    times = file.stat()
    soundfile.write(file, tone(1.2, 900), 16_000)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_size == times.st_size
    assert len({row.id for row in rows_of(ingest(mine))} - before) == 1


def test_two_ingestions_of_one_folder_do_not_meet(mine: Path) -> None:
    from filelock import FileLock

    with (
        FileLock(mine.parent / ".data.lock"),
        pytest.raises(ManifestError, match="another process brings a corpus there"),
    ):
        ingest(mine)


def test_a_refused_corpus_has_its_own_tables(mine: Path) -> None:
    corpus = ingest(mine)
    checked = check(corpus)
    assert accounted(corpus, checked) == 40
    for number in range(20):
        (mine / f"{number}.wav").write_bytes(b"broken")
    corpus = ingest(mine)
    with pytest.raises(CorpusRejectedError, match=r"summary\.md"):
        check(corpus, ValidationConfig())
    assert len(read_dropped(checked / "dropped.csv")) == 20
    summary = (checked / "summary.md").read_text("utf-8")
    assert "40 rows came in, 20 are kept, 20 are not." in summary
    assert "| audio | 20 |" in summary


def test_cut_files_marked_texts_and_noise_are_told(mine: Path) -> None:
    whole = (mine / "0.wav").read_bytes()
    (mine / "0.wav").write_bytes(whole[: len(whole) * 6 // 10])
    soundfile.write(mine / "1.wav", tone(4.0, 105), 16_000)
    whole = (mine / "1.wav").read_bytes()
    (mine / "1.wav").write_bytes(whole[: len(whole) * 96 // 100])
    noise = np.random.default_rng(1).normal(0, 0.1, 20_000)
    hum = 0.3 * np.sin(np.arange(20_000) * 2 * np.pi * 440 / 16_000)
    soundfile.write(mine / "2.wav", noise, 16_000)
    soundfile.write(mine / "3.wav", hum, 16_000)
    texts = [sentence(number) for number in range(8)]
    texts[4], texts[5] = "salom [shovqin] bor edi", "salom <unk> bor edi"
    write(mine, [(f"{number}.wav", text, "a", "train") for number, text in enumerate(texts)])
    corpus = ingest(mine)
    counts = read_ingestion_counts(corpus)
    assert (counts["marks_removed"], counts["cut_short"], counts["incomplete"]) == (1, 2, 1)
    checked = check(corpus)
    assert accounted(corpus, checked) == 8
    kinds = {row.path: row.kind for row in read_dropped(checked / "dropped.csv")}
    assert kinds == {"0.wav": "whole", "2.wav": "voice", "3.wav": "voice", "5.wav": "incomplete"}
    assert "1.wav" in (checked / "warnings.csv").read_text("utf-8")
    assert "salom bor edi" in {row.text for row in read_manifest(checked / "manifest.parquet")}
