"""The test sets of every evaluation, in the pipelines and in the ``ovoz`` command."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples
from ovoz.corpus.dataset import Dataset, choose_spread
from ovoz.corpus.manifest import Condition, Split, Utterance
from ovoz.evaluation.conditions import Distortion, EvaluationConfig, distort

TEST: Final = Split.TEST.value
OPEN: Final = Split.OPEN.value
TEST_NOISY: Final = "test-noisy"
CONDITIONS: Final = "test-conditions"
"""Test set of clean clips, distorted on the fly."""

STORED: Final = (TEST, TEST_NOISY, OPEN)
"""Test sets whose audio a data run stores, in the order they are shown."""

TEST_SETS: Final = (*STORED, CONDITIONS)


@dataclass(frozen=True, slots=True)
class TestSet:
    """A named set of utterances; ``root`` is the folder their audio paths are relative to.

    With ``distortions`` every clip is heard once through each of them instead of as it is.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    name: str
    utterances: Sequence[Utterance]
    root: Path
    distortions: tuple[Distortion, ...] = ()

    def __len__(self) -> int:
        return len(self.utterances) * max(1, len(self.distortions))

    def clips(self) -> Iterator[tuple[Utterance, str, Samples]]:
        """Every clip with its condition; samples at 16 kHz."""
        for utterance in self.utterances:
            samples = decode(self.root / utterance.audio)
            if not self.distortions:
                yield utterance, utterance.condition.value, samples
            for kind in self.distortions:
                yield utterance, kind.value, distort(samples, kind, utterance.id)


def load_test_sets(
    dataset: Dataset, noisy_test: Dataset, names: Collection[str] = STORED
) -> list[TestSet]:
    """Load the test sets of these names; the open split only where the dataset has one.

    Raises:
        ManifestError: A manifest is missing or damaged.
        ValueError: A name is not in :data:`STORED`.
    """
    loaders: Mapping[str, Callable[[], TestSet]] = {
        TEST: lambda: load_split(dataset, Split.TEST),
        TEST_NOISY: lambda: TestSet(TEST_NOISY, noisy_test.rows(), noisy_test.root),
        OPEN: lambda: load_split(dataset, Split.OPEN),
    }
    for name in names:
        if name not in loaders:
            raise ValueError(f"no test set is called {name!r}; there are {', '.join(STORED)}")
    sets = [loaders[name]() for name in names]
    return [test_set for test_set in sets if test_set.utterances or test_set.name != OPEN]


def load_split(dataset: Dataset, split: Split, most: int | None = None) -> TestSet:
    """Load a split as a test set of that name; at most ``most`` utterances, spread over it.

    Raises:
        ManifestError: The manifest is missing or damaged.
    """
    rows = dataset.rows(split)
    return TestSet(split.value, rows if most is None else choose_spread(rows, most), dataset.root)


def with_conditions(test_sets: Sequence[TestSet], config: EvaluationConfig) -> list[TestSet]:
    """``test_sets``, and clean clips of the first, spread over it, through every distortion."""
    first = test_sets[0]
    clean = [row for row in first.utterances if row.condition is Condition.CLEAN]
    if not config.distortions or not clean:
        return list(test_sets)
    chosen = choose_spread(clean, config.clips)
    return [*test_sets, TestSet(CONDITIONS, chosen, first.root, config.distortions)]
