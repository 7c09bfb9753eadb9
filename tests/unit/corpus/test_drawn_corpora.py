"""Three hundred drawn corpora with drawn faults: no row is lost, no planned split leaks."""

import csv
import io
import random
import unicodedata
from pathlib import Path

import pytest
import soundfile

from ovoz.corpus.corpus_record import read_ingestion_counts
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.dropped import read_dropped
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.ingestion import ingest_recordings
from ovoz.corpus.manifest import ManifestError, Split, Utterance, read_manifest
from ovoz.corpus.origins import read_origins
from ovoz.corpus.validation import ValidationConfig, validate

from .conftest import tone

pytestmark = pytest.mark.slow

LENIENT = ValidationConfig(
    max_quarantined_share=1, required_splits=(), severities={"speaker-leak": "error"}
)
WORDS = ["salom", "kartani", "bering", "где", "мой", "заказ", "rahmat", "katta", "uy", "пришёл"]
NAMES = ["anna", "Anna ", "бек", "0", "", "й", unicodedata.normalize("NFD", "й"), "vali", "olim"]


def clips() -> list[bytes]:
    made = []
    for number in range(12):
        file = io.BytesIO()
        soundfile.write(file, tone(0.6, 80 + 30 * number), 16_000, format="WAV")
        made.append(file.getvalue())
    return made


def spoil(draw: random.Random, sound: bytes) -> bytes:
    at = draw.randrange(len(sound))
    return draw.choice(
        [
            sound[:at],
            b"",
            sound + sound,
            sound[:at] + bytes([draw.randrange(256)]) + sound[at + 1 :],
            sound[len(sound) - at :],
        ]
    )


def draw_corpus(draw: random.Random, folder: Path, sounds: list[bytes]) -> list[str]:
    """Write a corpus; returns the split that each row of its table has."""
    folder.mkdir(parents=True)
    rows = []
    for number in range(draw.randint(1, 30)):
        name = draw.choice(["{}.wav", "sub dir/{}.WAV", "звук {}.wav", "ё{}.wav", "{}"]).format(
            number
        )
        text = " ".join(draw.choices(WORDS, k=draw.randint(0, 5)))
        text = draw.choice([text, text, f"{text}, {text}", f"{text} [noise]", f"<unk> {text}"])
        sound = draw.choice(sounds)
        if draw.random() < 0.3:
            sound = spoil(draw, sound)
        if draw.random() < 0.95:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(sound)
        split = draw.choice(["", "", "train", "dev", "test"])
        rows += [[name, text, draw.choice(NAMES), split]] * draw.choice([1, 1, 1, 2])
    draw.shuffle(rows)
    stream = io.StringIO()
    writer = csv.writer(
        stream, delimiter=draw.choice(",;\t"), lineterminator=draw.choice(["\n", "\r\n"])
    )
    writer.writerows([["audio", "text", "speaker", "split"], *rows])
    content = stream.getvalue() + draw.choice(["", "\n", "\n\n"])
    encoding = draw.choice(["utf-8", "utf-8-sig", "utf-16"])
    (folder / "metadata.csv").write_bytes(content.encode(encoding))
    return [row[3] for row in rows]


def kill_midway(config: FolderConfig, corpus: Path, draw: random.Random) -> None:
    class KilledError(Exception):
        pass

    def progress(_done: int, _total: int) -> None:
        if draw.random() < 0.5:
            raise KilledError

    try:
        ingest_recordings([config], corpus, progress)
    except KilledError:
        assert not corpus.exists()


@pytest.mark.parametrize("block", range(10))
def test_every_row_is_accounted_for(block: int, tmp_path: Path) -> None:
    sounds = clips()
    for seed in range(block * 30, block * 30 + 30):
        draw = random.Random(seed)
        folder, corpus = tmp_path / f"in {seed}", tmp_path / f"out {seed}"
        given = draw_corpus(draw, folder, sounds)
        number = len(given)
        config = FolderConfig(path=folder, licence="x", consent="y", max_missing_share=1)
        kill_midway(config, corpus, draw)
        manifest = ingest_recordings([config], corpus)
        rows, dropped = read_manifest(manifest), read_dropped(corpus / "dropped.csv")
        assert len(rows) + len(dropped) == number, seed
        assert all(row.reason and row.row and row.path for row in dropped), seed
        origins = read_origins(corpus)
        told = [origins[row.id].row for row in rows] + [row.row for row in dropped]
        assert len(set(told)) == number, seed
        assert read_ingestion_counts(corpus)["kept"] == len(rows), seed
        assert_audio_is_there_once(rows, seed)
        assert_planned_rows_do_not_leak(rows, origins, given, seed)
        assert_validation_names_the_others(corpus, number, seed)
        before = {path: path.stat().st_mtime_ns for path in corpus.rglob("*")}
        ingest_recordings([config], corpus)
        assert {path: path.stat().st_mtime_ns for path in corpus.rglob("*")} == before, seed


def assert_validation_names_the_others(corpus: Path, number: int, seed: int) -> None:
    """Every row that came in is accepted or named once; nothing is shared beyond the rule."""
    checked = corpus.with_name(f"checked {seed}")
    if not read_manifest(corpus / "manifest.parquet"):
        with pytest.raises(ManifestError, match="holds no rows"):
            validate(Dataset.in_folder(corpus), checked, LENIENT)
        return
    result = validate(Dataset.in_folder(corpus), checked, LENIENT)
    accepted, dropped = result.dataset.rows(), read_dropped(checked / "dropped.csv")
    assert len(accepted) + len(dropped) == number, seed
    assert all(row.reason and row.row and row.path for row in dropped), seed
    origins = read_origins(corpus)
    told = [origins[row.id].row for row in accepted] + [row.row for row in dropped]
    assert len(set(told)) == number, seed
    assert len({row.sha256 for row in accepted}) == len(accepted), seed
    held = [row for row in accepted if row.split is not Split.TRAIN]
    for row in accepted:
        if row.split is Split.TRAIN:
            assert row.speaker not in {other.speaker for other in held}, seed
            assert row.text not in {other.text for other in held}, seed
    assert (checked / "data_page" / "index.html").is_file(), seed


def assert_audio_is_there_once(rows: list[Utterance], seed: int) -> None:
    heard = [(row.sha256, row.text) for row in rows if row.duration_s]
    assert len(set(heard)) == len(heard), seed


def assert_planned_rows_do_not_leak(
    rows: list[Utterance], origins: dict, given: list, seed: int
) -> None:
    """Training rows whose split was planned; those that the table splits are validation's."""
    held = [row for row in rows if row.split is not Split.TRAIN]
    speakers, texts = {row.speaker for row in held}, {row.text for row in held} - {""}
    for row in rows:
        number = int(origins[row.id].row.rpartition(" ")[2])
        if row.split is Split.TRAIN and not given[number - 1]:
            assert row.speaker not in speakers, seed
            assert row.text not in texts, seed
