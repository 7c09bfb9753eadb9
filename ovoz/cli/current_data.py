"""The held-out recordings of the last data run, and the scoring of models on them."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from rich.progress import Progress

from ovoz.corpus.manifest import Split, Utterance, read_manifest
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.evaluate import Evaluation, TestSet, evaluate
from ovoz.text.pack import load_pack

_CORPUS: Final = Path("data")
_ACCEPTED: Final = Path(".ovoz/validation/manifest.parquet")
_NOISY: Final = Path(".ovoz/noisy-test/manifest.parquet")
_SPLITS: Final = {"test": Split.TEST, "open": Split.OPEN, "dev": Split.DEV}
_NOISY_TEST: Final = "test-noisy"

TEST_SETS: Final = ("test", _NOISY_TEST, "open")
"""The test sets that a model is scored on, in the order they are shown."""


def load_test_sets(names: Collection[str]) -> list[TestSet]:
    """The test sets of these names; one that the corpus does not have is left out.

    Raises:
        ManifestError: There is no data run, or its manifest is damaged.
        ValueError: A name is no test set.
    """
    rows = read_manifest(_ACCEPTED)
    sets = [_load(name, rows) for name in names]
    return [one for one in sets if one.utterances]


def _load(name: str, rows: list[Utterance]) -> TestSet:
    if name == _NOISY_TEST:
        return TestSet(name, read_manifest(_NOISY), _NOISY.parent)
    if name not in _SPLITS:
        raise ValueError(f"no test set is called {name!r}; there are {', '.join(TEST_SETS)}")
    return TestSet(name, [row for row in rows if row.split is _SPLITS[name]], _CORPUS)


def score(
    systems: Mapping[str, SupportsTranscribe], test_sets: list[TestSet], model: ModelDescription
) -> Evaluation:
    """Score the systems of one model, with progress shown."""
    with Progress(transient=True) as bar:
        task = bar.add_task("clips", total=None)
        return evaluate(
            systems,
            test_sets,
            pack=load_pack(model.pack),
            training_data=model.training_data,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
