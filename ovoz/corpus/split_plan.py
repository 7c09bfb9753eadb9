"""The split of every recording of a source, planned where the source has none."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.corpus.manifest import MANIFEST_FILE, Split
from ovoz.corpus.marks import remove_marks
from ovoz.corpus.normal_form import normalize_name
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.splits import SplitRow, plan_splits
from ovoz.corpus.survey import drop_unusable
from ovoz.text.pack import load_pack

EarlierSplits = Mapping[tuple[str, str], Split]
"""Splits of an earlier ingestion, by speaker and sentence as the manifest has them."""


def read_earlier_splits(folder: Path) -> EarlierSplits:
    """The splits of the corpus in ``folder``; empty where there is none that can be read."""
    try:
        table = pq.read_table(folder / MANIFEST_FILE, columns=["speaker", "text", "split"])
    except (OSError, pa.ArrowException, KeyError):
        return {}
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    return {(speaker, text): Split(split) for speaker, text, split in rows}


def plan_source(
    source: RecordingsConfig,
    present: Collection[Split | None],
    earlier: EarlierSplits | None = None,
    *,
    apart: bool = False,
) -> Iterator[tuple[Recording, Split | None]]:
    """Every usable recording with its split; None for one that no split can have.

    Args:
        source: The recordings, read twice where some have no split.
        present: The splits that the source gives; None among them where some rows have none. With
            test and training rows but no dev, dev is taken of the training speakers.
        earlier: Splits that rows without one keep.
        apart: Whether speakers of several sources are told apart.
    """
    lacks_dev = {Split.TEST, Split.TRAIN} <= set(present) and Split.DEV not in present
    if None not in present and not (lacks_dev and source.dev_share):
        yield from ((recording, recording.split) for recording in _usable(source))
        return
    free = {None, Split.TRAIN} if lacks_dev else {None}
    canonical = load_pack(source.pack).canonical
    rows = []
    for recording in _usable(source):
        speaker = source.speaker_of(recording, apart=apart)
        text = canonical(remove_marks(recording.text).text)
        sentence = text or normalize_name(recording.text or recording.name)
        kept = (earlier or {}).get((speaker, text))
        rows.append(
            SplitRow(speaker, sentence, kept if recording.split in free else recording.split)
        )
    shares = {Split.TEST: source.test_share, Split.DEV: source.dev_share}
    plan = plan_splits(rows, shares, source.unseen)
    for recording, split in zip(_usable(source), plan, strict=True):
        # What the source trains on, this moves to dev at most.
        moved = recording.split is Split.TRAIN and split is not None and split is not Split.DEV
        yield recording, Split.TRAIN if moved else split


def _usable(source: RecordingsConfig) -> Iterator[Recording]:
    return (
        recording for recording in source.recordings() if not any(drop_unusable(source, recording))
    )
