"""Pseudo-labels: confident, agreed upon by two systems, and a limited share of the audio."""

import pytest

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Split, read_manifest, write_manifest
from ovoz.corpus.pseudo_labels import (
    LABELLED,
    DoubleReading,
    PseudoLabelConfig,
    choose_pseudo_labels,
    label_corpus,
    measure_disagreement,
)
from ovoz.text.language import Language


@pytest.fixture
def reading(corpus):
    _, rows = corpus

    def make(name="a", text="bugun keldi", second=None, confidence=0.95, duration_s=2.0):
        changes = {"id": name, "duration_s": duration_s, "text": "", "split": Split.TRAIN}
        row = rows[0].model_copy(update=changes)
        return DoubleReading(
            row, text, Language.UZBEK, confidence, text if second is None else second
        )

    return make


def chosen(*readings, labelled_s=100.0, **config):
    return choose_pseudo_labels(readings, PseudoLabelConfig(**config), labelled_s, "v7")


def test_a_kept_row_says_who_wrote_it(reading) -> None:
    (row,) = chosen(reading()).kept
    assert (row.text, row.raw_text, row.split) == ("bugun keldi", "bugun keldi", Split.TRAIN)
    assert row.languages is Language.UZBEK
    assert row.source.startswith("pseudo:v7:")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, "nothing was heard"),
        ({"confidence": 0.7}, "confidence 0.70 is under 0.80"),
        ({"second": "bugun ketdim"}, "the readings differ in 18%"),
        ({"duration_s": 60.0}, "over 30% of the training"),
    ],
)
def test_what_falls_short_is_refused_with_its_reason(reading, changes, reason) -> None:
    labels = chosen(reading(**changes))
    assert labels.kept == []
    assert reason in labels.refused["a"]


def test_the_surest_come_first_up_to_the_share(reading) -> None:
    sure = [reading(str(n), confidence=0.8 + n / 100, duration_s=10.0) for n in range(10)]
    labels = chosen(*sure, labelled_s=60.0, max_share=0.4)
    assert [row.id for row in labels.kept] == ["9", "8", "7", "6"]
    machine_s = sum(row.duration_s for row in labels.kept)
    assert machine_s / (machine_s + 60.0) <= 0.4
    assert len(labels.refused) == 6


def test_disagreement_is_per_character_of_the_first(reading) -> None:
    assert measure_disagreement(reading(text="abcd", second="abxd")) == 0.25
    assert measure_disagreement(reading(text="", second="abc")) == 1.0


def test_labels_and_refusals_are_written_beside_the_manifest(corpus, tmp_path) -> None:
    manifest, rows = corpus
    names = ["sure", "unsure", "unreadable"]
    copies = [
        row.model_copy(update={"id": name, "duration_s": 0.0 if name == "unreadable" else 1.0})
        for name, row in zip(names, rows, strict=False)
    ]
    write_manifest(copies, tmp_path / MANIFEST_FILE)
    recordings = Dataset(manifest=tmp_path / MANIFEST_FILE, root=manifest.parent)

    def read(row, samples):
        assert len(samples)
        return DoubleReading(
            row, "salom", Language.UZBEK, 0.9 if row.id == "sure" else 0.1, "salom"
        )

    label_corpus(recordings, read, PseudoLabelConfig(), 100.0, "v7")
    (kept,) = read_manifest(tmp_path / LABELLED)
    assert (kept.id, kept.text) == ("sure", "salom")
    assert (tmp_path / "refused.tsv").read_text("utf-8").splitlines() == [
        "id\treason",
        "unsure\tconfidence 0.10 is under 0.80",
    ]
