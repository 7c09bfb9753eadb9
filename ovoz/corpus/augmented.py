"""A fixed, distorted copy of a split, to test on conditions that recordings lack."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.augment import AugmentConfig, RecordedSounds, augment
from ovoz.audio.signal import Samples
from ovoz.corpus.clips import write_clip
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Condition, Utterance, write_manifest
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback

_NOTHING: Final = RecordedSounds()


def write_noisy_copy(
    dataset: Dataset,
    utterances: Sequence[Utterance],
    folder: Path,
    config: AugmentConfig,
    seed: int,
    progress: ProgressCallback | None = None,
    recorded: RecordedSounds = _NOTHING,
) -> Dataset:
    """Distort every utterance once; the same seed gives the same bytes on the same processor.

    Args:
        dataset: Where the utterances are from.
        utterances: The rows to copy; their texts, speakers and splits stay.
        folder: Gets ``audio/`` and the manifest; appears complete or not at all.
        config: The distortions.
        seed: Decides the distortions, together with the id of each utterance.
        progress: Called with the number of utterances done and of all.
        recorded: Noise and rooms that no training uses.

    Returns:
        The copy.

    Raises:
        AudioError: An utterance cannot be read.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(utterances):
        places[row.speaker].append(place)
    others = {who: _OtherVoices(dataset, utterances, own) for who, own in places.items()}
    with atomic_folder(folder) as unfinished:
        (unfinished / "audio").mkdir()
        copies = []
        for done, row in enumerate(utterances, start=1):
            rng = np.random.default_rng([seed, *row.id.encode()])
            voices = others[row.speaker]
            samples = augment(dataset.samples(row), config, rng, voices, recorded)
            copies.append(_write_copy(row, samples, unfinished))
            if progress is not None:
                progress(done, len(utterances))
        write_manifest(copies, unfinished / MANIFEST_FILE)
    return Dataset.in_folder(folder)


class _OtherVoices:
    """Audio of every speaker but one, decoded on access; memory grows with that one's rows."""

    def __init__(self, dataset: Dataset, utterances: Sequence[Utterance], own: list[int]) -> None:
        self._dataset = dataset
        self._rows = utterances
        self._others_before = [place - number for number, place in enumerate(own)]

    def __len__(self) -> int:
        return len(self._rows) - len(self._others_before)

    def __getitem__(self, place: int) -> Samples:
        return self._dataset.samples(self._rows[place + bisect_right(self._others_before, place)])


def _write_copy(utterance: Utterance, samples: Samples, folder: Path) -> Utterance:
    copy = f"{utterance.id}-noisy"
    return utterance.model_copy(
        update={
            "id": copy,
            "condition": Condition.NOISY,
            "source": f"{utterance.source} + noise",
            **write_clip(folder, f"audio/{copy}.flac", samples),
        }
    )
