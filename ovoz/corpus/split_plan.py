"""The split of every recording of a source, planned where the source has none."""

from collections.abc import Collection, Iterator

from ovoz.corpus.manifest import Split
from ovoz.corpus.marks import remove_marks
from ovoz.corpus.normal_form import normalize_name
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.splits import SplitRow, plan_splits
from ovoz.corpus.survey import drop_unusable
from ovoz.text.pack import load_pack


def plan_source(
    source: RecordingsConfig, present: Collection[Split | None]
) -> Iterator[tuple[Recording, Split | None]]:
    """Every usable recording with its split; None for one that no split can have.

    Args:
        source: The recordings, read twice where some have no split.
        present: The splits that the source gives; None among them where some rows have none. With
            test and training rows but no dev, dev is taken of the training speakers.
    """
    lacks_dev = {Split.TEST, Split.TRAIN} <= set(present) and Split.DEV not in present
    if None not in present and not (lacks_dev and source.dev_share):
        yield from ((recording, recording.split) for recording in _usable(source))
        return
    free = {None, Split.TRAIN} if lacks_dev else {None}
    canonical = load_pack(source.pack).canonical
    rows = [
        SplitRow(
            speaker=normalize_name(recording.speaker or recording.name),
            sentence=canonical(remove_marks(recording.text).text)
            or normalize_name(recording.text or recording.name),
            split=None if recording.split in free else recording.split,
        )
        for recording in _usable(source)
    ]
    shares = {Split.TEST: source.test_share, Split.DEV: source.dev_share}
    for recording, split in zip(_usable(source), plan_splits(rows, shares), strict=True):
        # What the source trains on, this moves to dev at most.
        moved = recording.split is Split.TRAIN and split is not None and split is not Split.DEV
        yield recording, Split.TRAIN if moved else split


def _usable(source: RecordingsConfig) -> Iterator[Recording]:
    return (
        recording for recording in source.recordings() if not any(drop_unusable(source, recording))
    )
