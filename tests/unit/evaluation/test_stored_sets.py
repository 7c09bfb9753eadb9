"""The test sets that a data run stored, by name."""

from pathlib import Path

import pytest

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Split, write_manifest
from ovoz.evaluation.testsets import STORED, load_test_sets

from ...utterances import make_utterance


def dataset(folder: Path, *splits: Split) -> Dataset:
    rows = [make_utterance(str(number), split=split) for number, split in enumerate(splits)]
    write_manifest(rows, folder / MANIFEST_FILE)
    return Dataset.in_folder(folder)


def test_sets_come_in_the_order_asked_for_and_an_empty_open_split_is_left_out(tmp_path) -> None:
    noisy = dataset(tmp_path / "noisy", Split.TEST)
    closed = dataset(tmp_path / "closed", Split.TRAIN, Split.TEST)
    both = dataset(tmp_path / "both", Split.TEST, Split.OPEN, Split.OPEN)
    assert [one.name for one in load_test_sets(closed, noisy)] == ["test", "test-noisy"]
    assert [(one.name, len(one)) for one in load_test_sets(both, noisy, ("open", "test"))] == [
        ("open", 2),
        ("test", 1),
    ]
    assert [one.name for one in load_test_sets(both, noisy)] == list(STORED)


def test_only_the_manifests_of_the_named_sets_are_read(tmp_path: Path) -> None:
    closed = dataset(tmp_path / "closed", Split.TEST)
    nowhere = Dataset.in_folder(tmp_path / "nowhere")
    assert [one.name for one in load_test_sets(closed, nowhere, ("test",))] == ["test"]


def test_unknown_name_is_an_error(tmp_path: Path) -> None:
    closed = dataset(tmp_path / "closed", Split.TEST)
    with pytest.raises(ValueError, match="no test set is called 'tset'; there are test, test-"):
        load_test_sets(closed, closed, ("tset",))
