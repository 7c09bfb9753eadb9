"""The audit: what is said of a row, without running the suite."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.audio.measures import measure
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.splits import STRICT
from ovoz.corpus.validation import CheckName, ValidationConfig
from ovoz.corpus.validation.audit import FAULTS, audit, fault_column, read_table
from ovoz.corpus.validation.faults import measures_fault, overlap_faults, schema_fault, script_fault


def faults(manifest: Path, row: int, **changes: object) -> dict[str, str]:
    """What the audit says of a row that was changed."""
    table = read_table(manifest).astype(object)
    for name, value in changes.items():
        table.at[row, name] = value
    audited = audit(table, manifest.parent, ValidationConfig(), {})
    others = audited.drop(index=row)
    assert not any(others[fault_column(name)].any() for name in FAULTS if "leak" not in name.value)
    return {name.value: audited.at[row, fault_column(name)] for name in FAULTS}


def test_sound_rows_have_no_faults(corpus) -> None:
    manifest, rows = corpus
    assert not any(faults(manifest, 0).values())
    audited = audit(read_table(manifest), manifest.parent, ValidationConfig(), {})
    assert audited["measured_speech_ratio"].tolist() == pytest.approx(
        [row.speech_ratio for row in rows], abs=0.01
    )


@pytest.mark.parametrize(
    ("changes", "check", "reason"),
    [
        ({"duration_s": 9.0}, "audio", "lasts 1.20 s, the manifest says 9.0"),
        ({"duration_s": float("nan")}, "schema", "duration_s is nan"),
        ({"duration_s": float("nan")}, "audio", "the manifest says nan"),
        ({"duration_s": "long"}, "schema", "duration_s: Input should be a valid number"),
        ({"sha256": "0" * 64}, "audio", "SHA-256 differs"),
        ({"sha256": None}, "schema", "sha256: Input should be a valid string"),
        ({"audio": "audio/none.flac"}, "audio", "cannot be read"),
        ({"audio": "audio"}, "audio", "cannot be read"),
        ({"audio": "audio/\0.flac"}, "audio", "cannot be read"),
        ({"audio": None}, "schema", "audio: Input should be a valid string"),
        ({"audio": "../../etc/passwd"}, "audio", "outside of the corpus"),
        ({"audio": "/etc/passwd"}, "audio", "outside of the corpus"),
        ({"languages": "uz"}, "language", "the words are mixed, the manifest says uz"),
        ({"split": "training"}, "schema", "split: Input should be 'train'"),
        ({"text": None}, "schema", "text: Input should be a valid string"),
        ({"text": "Оʻzbek"}, "alphabet", "the text holds"),
        ({"snr_db": float("inf")}, "schema", "snr_db is inf"),
        ({"clipped_ratio": 1.5}, "schema", "clipped_ratio is 1.5"),
        ({"rms_dbfs": -3.0}, "measures", "the manifest says -3"),
        ({"id": 7}, "schema", "id: Input should be a valid string"),
        ({"id": " "}, "schema", "id is blank"),
        ({"speaker": ""}, "schema", "speaker is blank"),
        ({"text": b"\xff"}, "schema", "text: Input should be a valid string"),
    ],
)
def test_fault_is_named(corpus, changes, check, reason) -> None:
    manifest, _ = corpus
    assert reason in faults(manifest, 2, **changes)[check]


@pytest.mark.parametrize("content", [b"", b"fLaC but not really", b"RIFF", b"\x00" * 4000])
def test_corrupt_file_is_named(corpus, content) -> None:
    manifest, rows = corpus
    (manifest.parent / rows[2].audio).write_bytes(content)
    assert "the audio cannot be read" in faults(manifest, 2)["audio"]


def test_half_a_file_is_named(corpus) -> None:
    manifest, rows = corpus
    path = manifest.parent / rows[2].audio
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "the audio" in faults(manifest, 2)["audio"]


@pytest.mark.timeout(30)
def test_what_is_no_plain_file_is_named(corpus) -> None:
    """A pipe would be waited for without end, and a loop of links has no place."""
    manifest, rows = corpus
    path = manifest.parent / rows[2].audio
    path.unlink()
    os.mkfifo(path)
    assert "the audio cannot be read: the file is empty" in faults(manifest, 2)["audio"]
    path.unlink()
    path.symlink_to(path.name)
    assert "the audio cannot be read" in faults(manifest, 2)["audio"]


def test_a_huge_file_is_not_read(corpus) -> None:
    manifest, rows = corpus
    with (manifest.parent / rows[2].audio).open("r+b") as file:
        file.truncate(2**40)
    assert "the limit is" in faults(manifest, 2)["audio"]


def test_a_speaker_cannot_leak_under_a_blank_or_padded_name(corpus) -> None:
    manifest, _ = corpus
    assert faults(manifest, 0, speaker="")["schema"]
    found = faults(manifest, 0, speaker=" test-speaker ")
    assert found["speaker-leak"].endswith("(row 4)")


def test_the_way_a_column_is_stored_does_not_matter(corpus) -> None:
    manifest, rows = corpus
    table = pd.DataFrame([row.model_dump(mode="json") for row in rows])
    table.loc[2, "speaker"] = None
    coded = table.astype({"speaker": "category", "split": "category"}).set_index("id")
    pq.write_table(pa.Table.from_pandas(coded), manifest)
    audited = audit(read_table(manifest), manifest.parent, ValidationConfig(), {})
    assert audited["id"].tolist() == [row.id for row in rows]
    found = audited[fault_column(CheckName.SCHEMA)]
    assert [bool(fault) for fault in found] == [row == 2 for row in range(len(rows))]
    assert "speaker" in found[2]


def test_leak_names_the_row_it_leaks_from(corpus) -> None:
    manifest, rows = corpus
    found = faults(manifest, 0, speaker=rows[4].speaker)
    assert found["speaker-leak"] == "its speaker is in the test split too (row 4)"
    found = faults(manifest, 0, text=f"  {rows[4].text.upper()} ")
    assert found["sentence-leak"] == "its sentence is in the test split too (row 4)"


@pytest.mark.parametrize(
    ("text", "shuffled"),
    [
        ("заказni oldim", False),
        ("sms-рассылка", False),
        ("онлайн-dars", False),
        ("o\u02bbzbek", False),
        ("зак\u0061з", True),
        ("k\u0430rta", True),
        ("", False),
    ],
)
def test_alphabets_change_once_in_a_word_at_most(text: str, shuffled: bool) -> None:
    assert bool(script_fault(text)) is shuffled


@given(
    st.lists(
        st.tuples(st.sampled_from(["train", "dev", "test", "open", "?"]), st.sampled_from("abcd"))
    )
)
def test_leaks_are_those_of_a_set_intersection(rows: list[tuple[str, str]]) -> None:
    table = pd.DataFrame(
        {
            "split": [split for split, _ in rows],
            "speaker": [value for _, value in rows],
            "text": [str(place) for place in range(len(rows))],
        }
    )
    tested = {value for split, value in rows if split in {"dev", "test", "open"}}
    leaked = [split == "train" and value in tested for split, value in rows]
    found = overlap_faults(table, "uz-ru", STRICT)
    assert [bool(fault) for fault in found[CheckName.SPEAKER_LEAK]] == leaked
    assert not any(found[CheckName.SENTENCE_LEAK])
    table["text"], table["speaker"] = table["speaker"], table["text"]
    found = overlap_faults(table, "uz-ru", STRICT)
    assert [bool(fault) for fault in found[CheckName.SENTENCE_LEAK]] == leaked
    assert not any(found[CheckName.SPEAKER_LEAK])


@given(
    st.dictionaries(
        st.sampled_from(list(Utterance.model_fields)),
        st.none() | st.floats() | st.integers() | st.text() | st.binary(),
    )
)
def test_any_row_gets_an_answer(record: dict[str, object]) -> None:
    assert schema_fault(record).startswith("the row breaks the schema: ")


def test_measured_after_writing_is_what_was_measured_before(corpus, tmp_path) -> None:
    """FLAC of 16 bits changes no measure beyond the tolerance, digital silence included."""
    manifest, rows = corpus
    silence = np.zeros(4_000, np.float32)
    speech = decode(manifest.parent / rows[0].audio)
    before = np.concatenate([silence, speech * np.float32(0.31), silence])
    figures = measure(before)
    after = measure(decode(write_flac(tmp_path / "x.flac", before)))
    record = {name: getattr(figures, name) for name in figures.__dataclass_fields__}
    assert measures_fault(record, after) == ""
