"""Every fault is named with its row and reason; severity decides what happens then."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ovoz.audio.encode import write_flac
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import ManifestError, Split, read_manifest, write_manifest
from ovoz.corpus.validation import CorpusRejectedError, ValidationConfig, ValidationResult
from ovoz.corpus.validation import validate as validate_dataset
from ovoz.corpus.validation.config import CheckName, Severity
from ovoz.corpus.validation.suite import list_checks

LENIENT = ValidationConfig(max_quarantined_share=1.0, min_bandwidth_hz=1000)


def tone(seconds: float, hertz: float) -> np.ndarray:
    """Harmonics that swell and fade like syllables, so that they measure as speech."""
    time_s = np.arange(int(seconds * 16_000)) / 16_000
    harmonics = sum(np.sin(2 * np.pi * hertz * k * time_s) / k for k in range(1, 12))
    return 0.15 * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * time_s)) * harmonics


def validate(manifest: Path, *arguments: object) -> ValidationResult:
    return validate_dataset(Dataset(manifest=manifest, root=manifest.parent), *arguments)


def rewritten(manifest: Path, row: int, **changes: object) -> Path:
    rows = pq.read_table(manifest).to_pylist()
    rows[row].update(changes)
    pq.write_table(pa.Table.from_pylist(rows), manifest)
    return manifest


def test_sound_corpus_passes_whole(corpus, tmp_path) -> None:
    manifest, rows = corpus
    result = validate(manifest, tmp_path / "out", ValidationConfig())
    assert result.accepted == len(rows)
    assert result.quarantined == ()
    assert read_manifest(result.folder / "manifest.parquet") == rows
    assert "<html" in (result.folder / "data_page/index.html").read_text("utf-8").lower()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, "the transcript is empty"),
        ({"text": "hello wörld"}, "holds 'w' 'ö'"),
        ({"text": "a" * 90}, "chars_per_s is 75"),
        ({"text": "ha"}, "chars_per_s is 1.67"),
        ({"languages": "qq"}, "languages: Input should be"),
    ],
)
def test_faulty_row_is_set_aside_with_its_reason(corpus, tmp_path, changes, reason) -> None:
    manifest, rows = corpus
    result = validate(rewritten(manifest, 2, **changes), tmp_path / "out", LENIENT)
    (row,) = result.quarantined
    assert (row.row, row.id) == (2, "u2")
    assert reason in "; ".join(row.reasons)
    assert read_manifest(result.folder / "manifest.parquet") == [*rows[:2], *rows[3:]]
    assert "u2" in (result.folder / "quarantine.csv").read_text("utf-8")


def test_corrupt_file_is_set_aside(corpus, tmp_path) -> None:
    manifest, rows = corpus
    (manifest.parent / rows[1].audio).write_bytes(b"fLaC but not really")
    (row,) = validate(manifest, tmp_path / "out", LENIENT).quarantined
    assert row.id == "u1"
    assert "cannot be read" in row.reasons[0]


def replaced(manifest: Path, row: int, samples: np.ndarray) -> Path:
    """The row speaks truly of other audio, but for its measures."""
    path = write_flac(manifest.parent / "audio" / f"{row}.flac", samples.astype(np.float32))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return rewritten(manifest, row, sha256=digest, duration_s=len(samples) / 16_000)


def test_what_counts_is_the_audio_not_the_figures_in_the_manifest(corpus, tmp_path) -> None:
    manifest, _ = corpus
    whisper = 1e-3 * np.sin(np.arange(16_000))
    clipped = np.sign(np.sin(np.arange(16_000) / 9))
    odd = [np.zeros(16_000), whisper, clipped, tone(0.3, 150), tone(31.0, 150)]
    for row, samples in enumerate(odd):
        replaced(manifest, row, samples)
    config = LENIENT.model_copy(update={"required_splits": ()})
    found = validate(manifest, tmp_path / "out", config).quarantined
    for row, reason in zip(
        found,
        [
            "speech_ratio is 0, asked is at least 0.2",
            "rms_dbfs is -63, asked is at least -50",
            "clipped_ratio is 1, asked is at most 0.01",
            "duration_s is 0.3, asked is at least 0.4 and at most 30",
            "duration_s is 31, asked is at least 0.4 and at most 30",
        ],
        strict=True,
    ):
        assert reason in row.reasons


def test_figures_that_are_not_those_of_the_audio_are_a_warning(corpus, tmp_path) -> None:
    manifest, _ = corpus
    result = validate(rewritten(manifest, 3, speech_ratio=0.1), tmp_path / "out", LENIENT)
    (row,) = result.warnings
    assert row.id == "u3"
    assert row.reasons[0].startswith("speech_ratio is ")
    assert row.reasons[0].endswith(", the manifest says 0.1")


def test_a_look_alike_letter_is_a_warning(corpus, tmp_path) -> None:
    manifest, _ = corpus
    text = "\u0437\u0430\u043aa\u0437 oldim"  # a Latin a inside of a Cyrillic word
    result = validate(rewritten(manifest, 2, text=text), tmp_path / "out", LENIENT)
    assert result.warnings[0].reasons == (f"alphabets are shuffled in {text.split()[0]}",)


def test_dev_and_test_in_common_is_a_warning(corpus, tmp_path) -> None:
    manifest, rows = corpus
    dev = rows[3]
    rewritten(manifest, 4, speaker=dev.speaker)
    result = validate(rewritten(manifest, 5, text=dev.text.upper()), tmp_path / "out", LENIENT)
    assert "its speaker is in the dev split too (row 3)" in result.warnings[0].reasons[0]
    assert "its sentence is in the dev split too (row 3)" in result.warnings[1].reasons[0]


def test_every_reason_of_a_row_is_told_once(corpus, tmp_path) -> None:
    manifest, _ = corpus
    faulty = rewritten(manifest, 0, text="", sha256="0" * 64, split="nowhere")
    (row,) = validate(faulty, tmp_path / "out", LENIENT).quarantined
    assert len(row.reasons) == len(set(row.reasons)) >= 4
    with (tmp_path / "out" / "quarantine.csv").open(encoding="utf-8") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["row"], line["id"], line["audio"]) == ("0", "u0", "audio/0.flac")
    assert line["reasons"] == "; ".join(row.reasons)


def test_many_faults_at_once_each_by_its_row(corpus, tmp_path) -> None:
    manifest, rows = corpus
    (manifest.parent / rows[0].audio).write_bytes(b"fLaC")
    rewritten(manifest, 1, text="")
    rewritten(manifest, 4, text="hello wörld")
    with pytest.raises(CorpusRejectedError) as caught:
        validate(rewritten(manifest, 2, speaker="test-speaker"), tmp_path / "out", LENIENT)
    assert [row.id for row in caught.value.failures] == ["u2"]
    table = (tmp_path / "out" / "quarantine.csv").read_text("utf-8")
    for part in ("u0", "cannot be read", "u1", "is empty", "u4", "'w' 'ö'", "u2", "(row 4)"):
        assert part in table
    assert not (tmp_path / "out" / "manifest.parquet").exists()


def test_same_audio_twice_is_set_aside(corpus, tmp_path) -> None:
    manifest, rows = corpus
    twin = {"audio": rows[0].audio, "sha256": rows[0].sha256, "duration_s": rows[0].duration_s}
    found = validate(rewritten(manifest, 1, **twin), tmp_path / "out", LENIENT).quarantined
    assert [row.id for row in found] == ["u0", "u1"]
    assert all("the same audio occurs twice" in row.reasons[0] for row in found)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"speaker": "test-speaker"}, "its speaker is in the test split too"),
        ({"id": "u0"}, "the id u0 is used twice"),
    ],
)
def test_critical_fault_stops_and_is_reported(corpus, tmp_path, changes, reason) -> None:
    manifest, _ = corpus
    with pytest.raises(CorpusRejectedError, match=reason) as caught:
        validate(rewritten(manifest, 1, **changes), tmp_path / "out", LENIENT)
    assert 1 in [row.row for row in caught.value.failures]
    assert (tmp_path / "out" / "data_page" / "index.html").is_file()
    assert reason in (tmp_path / "out" / "quarantine.csv").read_text("utf-8")


def test_training_gives_way_to_the_tests(corpus, tmp_path) -> None:
    manifest, rows = corpus
    result = validate(rewritten(manifest, 1, text=rows[4].text), tmp_path / "out", LENIENT)
    (aside,) = result.quarantined
    assert (aside.id, aside.reasons) == (
        rows[1].id,
        ("its sentence is in the test split too (row 4)",),
    )
    kept = {row.id for row in read_manifest(tmp_path / "out" / "manifest.parquet")}
    assert rows[4].id in kept


def test_training_gives_way_to_the_tests_in_another_alphabet(corpus, tmp_path) -> None:
    manifest, _ = corpus
    rewritten(manifest, 4, text="yangi kitob oʻqiyman", languages="uz")
    result = validate(rewritten(manifest, 0, text="Янги китоб ўқийман!"), tmp_path / "o", LENIENT)
    reasons = {one.row: one.reasons for one in result.quarantined}
    assert "its sentence is in the test split too (row 4)" in reasons[0]
    assert 4 not in reasons


def test_training_gives_way_to_a_speaker_of_the_tests_where_configured(corpus, tmp_path) -> None:
    manifest, rows = corpus
    rewritten(manifest, 1, speaker=rows[4].speaker)
    aside = LENIENT.model_copy(update={"severities": {CheckName.SPEAKER_LEAK: Severity.ERROR}})
    (found,) = validate(manifest, tmp_path / "out", aside).quarantined
    assert (found.row, found.reasons) == (1, ("its speaker is in the test split too (row 4)",))


def test_a_sentence_is_trained_on_so_many_times(corpus, tmp_path) -> None:
    manifest, rows = corpus
    rewritten(manifest, 1, text=rows[0].text.upper(), languages=rows[0].languages)
    rewritten(manifest, 2, text=rows[0].text, languages=rows[0].languages)
    assert validate(manifest, tmp_path / "any", LENIENT).accepted >= 5
    twice = LENIENT.model_copy(update={"max_same_sentence": 1})
    found = validate(manifest, tmp_path / "once", twice).quarantined
    assert [row.id for row in found if "earlier rows" in "".join(row.reasons)] == ["u1", "u2"]


def test_too_many_faulty_rows_stop(corpus, tmp_path) -> None:
    manifest, _ = corpus
    with pytest.raises(CorpusRejectedError, match="1 of 6 rows fail"):
        validate(
            rewritten(manifest, 0, text=""),
            tmp_path / "out",
            ValidationConfig(max_quarantined_share=0.1),
        )


def test_a_split_without_rows_stops(corpus, tmp_path) -> None:
    manifest, _ = corpus
    with pytest.raises(CorpusRejectedError, match="no acceptable row in the split dev") as caught:
        validate(rewritten(manifest, 3, text=""), tmp_path / "out", LENIENT)
    assert [row.id for row in caught.value.failures] == ["u3"]
    needs_less = LENIENT.model_copy(update={"required_splits": (Split.TRAIN,)})
    assert validate(manifest, tmp_path / "out", needs_less).accepted == 5


def test_severity_is_a_matter_of_configuration(corpus, tmp_path) -> None:
    manifest, _ = corpus
    rewritten(manifest, 4, speaker="train-speaker")
    rewritten(manifest, 1, text="")
    mild = ValidationConfig(severities={"speaker-leak": "warning", "transcript": "critical"})
    with pytest.raises(CorpusRejectedError) as caught:
        validate(manifest, tmp_path / "out", mild)
    assert [row.row for row in caught.value.failures] == [1]
    assert "u0" in (tmp_path / "out" / "warnings.csv").read_text("utf-8")
    with pytest.raises(ValueError, match="severities"):
        ValidationConfig(severities={"speaker-leek": "warning"})


def test_the_report_shows_every_check(corpus, tmp_path) -> None:
    manifest, _ = corpus
    result = validate(rewritten(manifest, 2, text=""), tmp_path / "out", LENIENT)
    pages = [page.read_text("utf-8") for page in (result.folder / "data_page").rglob("*.html")]
    for column in {check.column for check in list_checks(LENIENT)}:
        assert any(column in page for page in pages), column


def test_old_result_is_replaced_and_nothing_is_left_over(corpus, tmp_path) -> None:
    manifest, _ = corpus
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale.txt").write_text("old")
    seen: list[tuple[int, int]] = []
    validate(manifest, tmp_path / "out", LENIENT, lambda *counts: seen.append(counts))
    assert seen[-1] == (6, 6)
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "out"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "data_page",
        "dropped.csv",
        "manifest.parquet",
        "quarantine.csv",
        "summary.md",
        "warnings.csv",
    }


def test_warnings_keep_the_row(corpus, tmp_path) -> None:
    manifest, rows = corpus
    config = ValidationConfig(min_snr_db=99.0)
    result = validate(manifest, tmp_path / "out", config)
    assert result.accepted == len(rows)
    assert len(result.warnings) == len(rows)


def test_manifest_that_is_no_manifest(corpus, tmp_path) -> None:
    broken = tmp_path / "manifest.parquet"
    broken.write_bytes(b"PAR1 nothing")
    with pytest.raises(ManifestError, match="not a readable Parquet manifest"):
        validate(broken, tmp_path / "out", LENIENT)
    manifest, rows = corpus
    table = pq.read_table(manifest).drop_columns(["speaker"])
    pq.write_table(table, broken)
    with pytest.raises(ManifestError, match="has no column speaker"):
        validate(broken, tmp_path / "out", LENIENT)
    pq.write_table(pq.read_table(manifest).slice(0, 0), broken)
    with pytest.raises(ManifestError, match="holds no rows"):
        validate(broken, tmp_path / "out", LENIENT)
    assert not (tmp_path / "out").exists()
    write_manifest(rows, broken)
    assert read_manifest(broken) == rows
