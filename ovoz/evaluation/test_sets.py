"""The test sets of every evaluation, in the pipelines and in the ``ovoz`` command."""

from ovoz.corpus.dataset import Dataset, spread
from ovoz.corpus.manifest import Split
from ovoz.evaluation.candidate import CONDITIONS
from ovoz.evaluation.evaluate import TestSet

TEST, TEST_NOISY, OPEN = Split.TEST.value, "test-noisy", Split.OPEN.value
TEST_SETS = (TEST, TEST_NOISY, OPEN, CONDITIONS)


def load_test_sets(dataset: Dataset, noisy_test: Dataset) -> list[TestSet]:
    """Load the test split, its noisy copy, and the open split where the dataset has one.

    Raises:
        ManifestError: A manifest is missing or damaged.
    """
    sets = [
        load_split(dataset, Split.TEST),
        TestSet(TEST_NOISY, noisy_test.rows(), noisy_test.root),
    ]
    unseen_words = load_split(dataset, Split.OPEN)
    return [*sets, unseen_words] if unseen_words.utterances else sets


def load_split(dataset: Dataset, split: Split, most: int | None = None) -> TestSet:
    """Load a split as a test set of that name; at most ``most`` utterances, spread over it.

    Raises:
        ManifestError: The manifest is missing or damaged.
    """
    rows = dataset.rows(split)
    return TestSet(split.value, rows if most is None else spread(rows, most), dataset.root)
