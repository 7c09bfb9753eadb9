"""The table that README shows, with audio beside it, is ingested and validated as it stands."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import Split
from ovoz.corpus.sources import read_source
from ovoz.corpus.validation import CorpusRejectedError, ValidationConfig, validate

from .conftest import tone

README = Path(__file__).parents[3] / "README.md"


def ingest(folder: Path, table: str) -> Dataset:
    (folder / "calls").mkdir(parents=True)
    (folder / "metadata.csv").write_text(table, "utf-8")
    for number, name in enumerate(re.findall(r"^(calls/\S+?),", table, re.MULTILINE)):
        sound = tone(2.5, 110 + 15 * number)
        container = {"ogg": "OGG", "mp3": "MP3", "wav": "WAV"}[name[-3:]]
        soundfile.write(folder / name, np.repeat(sound, 2), 32_000, format=container)
    config = FolderConfig(path=folder, licence="internal", consent="signed form 2026-03")
    return Dataset.in_folder(read_source(config, folder.parent / "data").parent)


def test_readme_table(tmp_path: Path) -> None:
    (table,) = re.findall(r"```\n(audio,text,speaker.*?)```", README.read_text("utf-8"), re.DOTALL)
    result = validate(ingest(tmp_path / "mine", table), tmp_path / "out", ValidationConfig())
    assert result.accepted == 4
    assert Counter(row.split for row in result.dataset.rows()) == {
        Split.TRAIN: 2,
        Split.DEV: 1,
        Split.TEST: 1,
    }


def test_a_table_of_one_voice_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = "".join(f'calls/{n}.wav,"{word} bor edi",anna\n' for n, word in enumerate("abc"))
    corpus = ingest(tmp_path / "mine", f"audio,text,speaker\n{rows}")
    try:
        validate(corpus, tmp_path / "out", ValidationConfig())
    except CorpusRejectedError as error:
        message = str(error)
    assert "no acceptable row in the split dev, test: none of the 3 rows is in it" in message
    assert "there is 1" in message
    assert "validation.unseen: {dev: [sentence], test: [sentence]}" in message
