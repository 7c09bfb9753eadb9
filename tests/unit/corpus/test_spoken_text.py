"""Sentences of text files as synthetic speech, alone and within a combined corpus."""

import csv
from pathlib import Path

import pytest

from ovoz.audio.decode import decode
from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.manifest import ManifestError, Split, read_manifest
from ovoz.corpus.sources import CombinedConfig, read_source
from ovoz.corpus.spoken_text import SpokenTextConfig, speak_text
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.files import atomic_file
from ovoz.text.language import Language

LINES = [
    "Bugun bozorga birga boramiz",
    "Завтра мы поедем на море",
    "Ha",
    "bugun bozorga birga boramiz!",
]


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "talk.txt"
    path.write_text("\n".join(LINES), "utf-8")
    return path


def config_of(text: Path, **settings) -> SpokenTextConfig:
    return SpokenTextConfig.model_validate(
        {"text": str(text), "utterances": 2, "voices": 3, **settings}
    )


def test_sentences_of_the_wanted_length_are_spoken_once_in_their_languages(tmp_path, text) -> None:
    manifest = speak_text(config_of(text), tmp_path / "spoken")
    rows = read_manifest(manifest)
    assert {row.text: row.languages for row in rows} == {
        "bugun bozorga birga boramiz": Language.UZBEK,
        "завтра мы поедем на море": Language.RUSSIAN,
    }
    assert {row.split for row in rows} == {Split.TRAIN}
    assert all(row.source == "synthetic:espeak-ng" for row in rows)
    assert all(decode(manifest.parent / row.audio).any() for row in rows)


def test_spoken_again_only_when_the_text_changes(tmp_path, text) -> None:
    folder = tmp_path / "spoken"
    manifest = speak_text(config_of(text), folder)
    before = manifest.stat().st_mtime_ns
    assert speak_text(config_of(text), folder).stat().st_mtime_ns == before
    with atomic_file(text) as path:
        path.write_text("\n".join([*LINES, "Kecha biz uyda ishladik"]), "utf-8")
    assert speak_text(config_of(text, utterances=3), folder).stat().st_mtime_ns > before


def test_too_few_sentences_are_refused(tmp_path, text) -> None:
    with pytest.raises(ManifestError, match="5 utterances are wanted, and the text has 2"):
        speak_text(config_of(text, utterances=5), tmp_path / "spoken")
    assert not (tmp_path / "spoken").exists()


def test_recordings_and_synthetic_speech_are_one_corpus(tmp_path, text) -> None:
    """A folder, spoken sentences, and the grammar's Russian and mixed ones in one manifest."""
    spoken = speak_text(config_of(text), tmp_path / "recorded")
    recorded = read_manifest(spoken)
    with (tmp_path / "recorded" / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["audio", "text", "speaker", "split"])
        table.writerows([row.audio, row.text, "anna", "train"] for row in recorded)
    grammar = SyntheticConfig(
        train=60, dev=3, test=3, open=0, train_voices=3, dev_voices=1, test_voices=1,
        shares={Language.RUSSIAN: 0.5, Language.MIXED: 0.5},
    )  # fmt: skip
    combined = CombinedConfig(
        sources=(
            FolderConfig(path=tmp_path / "recorded", licence="own", consent="own"),
            config_of(text, seed=9),
            grammar,
        )
    )
    rows = read_manifest(read_source(combined, tmp_path / "data"))
    assert sum(row.source == "folder:recorded" for row in rows) == 2
    assert sum(row.source == "synthetic:espeak-ng" for row in rows) == 2 + 66
    held_out = [row for row in rows if row.split is not Split.TRAIN]
    assert {row.languages for row in held_out} == {Language.RUSSIAN, Language.MIXED}
