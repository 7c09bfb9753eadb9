"""The test sets that every evaluation of a run uses."""

from pathlib import Path

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples
from ovoz.corpus.dataset import CorpusVersion
from ovoz.corpus.manifest import Split, Utterance, read_manifest
from ovoz.evaluation.candidate import CONDITIONS
from ovoz.evaluation.evaluate import TestSet

TEST, TEST_NOISY, OPEN = "test", "test-noisy", "open"
TEST_SETS = (TEST, TEST_NOISY, OPEN, CONDITIONS)


def load_test_sets(corpus: CorpusVersion, accepted: Path, noisy_test: Path) -> list[TestSet]:
    """Test, its noisy copy, and the open split where the corpus has one."""
    rows = read_manifest(accepted / "manifest.parquet")
    root = Path(corpus.folder)
    sets = [
        TestSet(TEST, [row for row in rows if row.split is Split.TEST], root),
        TestSet(TEST_NOISY, read_manifest(noisy_test / "manifest.parquet"), noisy_test),
    ]
    unseen = [row for row in rows if row.split is Split.OPEN]
    return [*sets, TestSet(OPEN, unseen, root)] if unseen else sets


def dev_set(corpus: CorpusVersion, accepted: Path, most: int) -> TestSet:
    """At most ``most`` utterances of the dev split, spread over it."""
    return TestSet("dev", _spread(accepted, Split.DEV, most), Path(corpus.folder))


def training_clips(corpus: CorpusVersion, accepted: Path, most: int) -> list[Samples]:
    """At most ``most`` clips of the training split, spread over it; float32 [T] at 16 kHz."""
    rows = _spread(accepted, Split.TRAIN, most)
    return [decode(Path(corpus.folder) / row.audio) for row in rows]


def _spread(accepted: Path, split: Split, most: int) -> list[Utterance]:
    rows = [row for row in read_manifest(accepted / "manifest.parquet") if row.split is split]
    return rows[:: max(1, len(rows) // most)][:most]


def training_words(accepted: Path) -> list[str]:
    """Every word of the training split, sorted: the lexicon of the served decoder."""
    return sorted({word for text in training_texts(accepted) for word in text.split()})


def training_texts(accepted: Path) -> list[str]:
    """Transcripts of the training split: what the language models learn from."""
    rows = read_manifest(accepted / "manifest.parquet")
    return [row.text for row in rows if row.split is Split.TRAIN]
