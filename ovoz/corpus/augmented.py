"""A fixed, distorted copy of a split, to test on conditions that recordings lack."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ovoz.audio.augment import AugmentConfig, augment
from ovoz.audio.decode import decode, write_flac
from ovoz.audio.measures import measure
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Condition, Utterance, write_manifest
from ovoz.corpus.whole_folder import whole_folder


def noisy_copy(
    utterances: Sequence[Utterance],
    root: Path,
    folder: Path,
    config: AugmentConfig,
    seed: int,
    progress: Callable[[int, int], object] | None = None,
) -> Path:
    """Distort every utterance once; the same seed gives the same bytes.

    Args:
        utterances: What is copied; their texts, speakers and splits stay.
        root: Folder that their audio paths are relative to.
        folder: Gets ``audio/`` and ``manifest.parquet``; written under a temporary name, then
            renamed, replacing an older one.
        config: The distortions.
        seed: Decides them, together with the id of each utterance.
        progress: Called with the utterances done and their total.

    Returns:
        The manifest's path.

    Raises:
        AudioError: An utterance cannot be read.
    """
    others = {one.speaker: _Voices(utterances, root, one.speaker) for one in utterances}
    with whole_folder(folder) as unfinished:
        (unfinished / "audio").mkdir()
        copies = []
        for done, utterance in enumerate(utterances, start=1):
            heard = others[utterance.speaker]
            copies.append(_distorted(utterance, heard, unfinished, config, seed))
            if progress is not None:
                progress(done, len(utterances))
        write_manifest(copies, unfinished / "manifest.parquet")
    return folder / "manifest.parquet"


class _Voices:
    """What everybody but one speaker says, read when it is asked for."""

    def __init__(self, utterances: Sequence[Utterance], root: Path, but: str) -> None:
        self._audio = [one.audio for one in utterances if one.speaker != but]
        self.root = root

    def __len__(self) -> int:
        return len(self._audio)

    def __getitem__(self, place: int) -> Samples:
        return decode(self.root / self._audio[place])


def _distorted(
    utterance: Utterance, others: _Voices, folder: Path, config: AugmentConfig, seed: int
) -> Utterance:
    rng = np.random.default_rng([seed, *utterance.id.encode()])
    samples = augment(decode(others.root / utterance.audio), config, rng, others)
    copy = f"{utterance.id}-noisy"
    audio = write_flac(folder / "audio" / f"{copy}.flac", samples)
    measured = measure(samples)
    return utterance.model_copy(
        update={
            "id": copy,
            "audio": f"audio/{copy}.flac",
            "sha256": hashlib.sha256(audio.read_bytes()).hexdigest(),
            "condition": Condition.NOISY,
            "source": f"{utterance.source} + noise",
            "duration_s": measured.duration_s,
            "snr_db": measured.snr_db,
            "rms_dbfs": measured.rms_dbfs,
            "clipped_ratio": measured.clipped_ratio,
            "bandwidth_hz": measured.bandwidth_hz,
            "speech_ratio": measured.speech_ratio,
        }
    )
