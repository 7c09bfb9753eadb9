"""Every fault is named with its row and reason; severity decides what happens then."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ovoz.corpus.manifest import ManifestError, read_manifest, write_manifest
from ovoz.corpus.validation import CorpusRejectedError, ValidationConfig, validate

LENIENT = ValidationConfig(max_quarantined_share=1.0)


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
    assert "<html" in result.data_docs.read_text("utf-8").lower()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, "the transcript is empty"),
        ({"text": "hello wörld"}, "holds 'w' 'ö'"),
        ({"duration_s": 9.0}, "the manifest says 9.0"),
        ({"sha256": "0" * 64}, "SHA-256 differs"),
        ({"audio": "audio/none.flac"}, "cannot be read"),
        ({"audio": "../../etc/passwd"}, "outside of the corpus"),
        ({"languages": "kk"}, "languages"),
        ({"speech_ratio": 0.0}, "speech_ratio is 0"),
        ({"rms_dbfs": -90.0}, "rms_dbfs is -90"),
        ({"clipped_ratio": 0.5}, "clipped_ratio is 0.5"),
    ],
)
def test_faulty_row_is_set_aside_with_its_reason(corpus, tmp_path, changes, reason) -> None:
    manifest, rows = corpus
    result = validate(rewritten(manifest, 2, **changes), tmp_path / "out", LENIENT)
    (row,) = result.quarantined
    assert (row.row, row.id) == (2, "u2")
    assert reason in "; ".join(row.reasons)
    assert result.accepted == len(rows) - 1
    assert "u2" in (result.folder / "quarantine.csv").read_text("utf-8")


def test_corrupt_file_is_set_aside(corpus, tmp_path) -> None:
    manifest, rows = corpus
    (manifest.parent / rows[1].audio).write_bytes(b"fLaC but not really")
    (row,) = validate(manifest, tmp_path / "out", LENIENT).quarantined
    assert row.id == "u1"
    assert "cannot be read" in row.reasons[0]


def test_same_audio_twice_is_set_aside(corpus, tmp_path) -> None:
    manifest, rows = corpus
    twin = {"audio": rows[0].audio, "sha256": rows[0].sha256, "duration_s": rows[0].duration_s}
    found = validate(rewritten(manifest, 1, **twin), tmp_path / "out", LENIENT).quarantined
    assert [row.id for row in found] == ["u0", "u1"]
    assert all("the same audio occurs twice" in row.reasons for row in found)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"speaker": "train-speaker"}, "its speaker is in the training split too"),
        ({"text": "kartani bering"}, "its sentence is in the training split too"),
        ({"id": "u0"}, "the id u0 is used twice"),
    ],
)
def test_critical_fault_stops_and_is_reported(corpus, tmp_path, changes, reason) -> None:
    manifest, _ = corpus
    with pytest.raises(CorpusRejectedError, match=reason) as caught:
        validate(rewritten(manifest, 4, **changes), tmp_path / "out", LENIENT)
    assert 4 in [row.row for row in caught.value.failures]
    assert (tmp_path / "out" / "data_docs" / "index.html").is_file()
    assert reason in (tmp_path / "out" / "quarantine.csv").read_text("utf-8")


def test_too_many_faulty_rows_stop(corpus, tmp_path) -> None:
    manifest, _ = corpus
    with pytest.raises(CorpusRejectedError, match="1 of 6 rows fail"):
        validate(
            rewritten(manifest, 0, text=""),
            tmp_path / "out",
            ValidationConfig(max_quarantined_share=0.1),
        )


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
    assert not (tmp_path / "out").exists()
    write_manifest(rows, broken)
    assert read_manifest(broken) == rows
