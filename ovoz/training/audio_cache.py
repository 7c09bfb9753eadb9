"""Cache of decoded audio and clean features, bounded in memory."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Utterance
from ovoz.model.features import Features, LogMel, LogMelConfig

_INT16: Final = 32_767


class AudioCache:
    """Keeps decoded audio (as int16) and features of clean audio, up to a limit in megabytes.

    What does not fit is decoded and computed again on every use, so a corpus may be larger than
    the memory.

    Args:
        root: Folder that audio paths are relative to.
        features: Shape of the features.
        limit_mb: Most memory, in megabytes.
    """

    def __init__(self, root: Path, features: LogMelConfig, limit_mb: int) -> None:
        self._root = root
        self._log_mel = LogMel(features)
        self._left = limit_mb * 2**20
        self._audio: dict[str, npt.NDArray[np.int16]] = {}
        self._features: dict[str, Features] = {}

    def load_samples(self, utterance: Utterance) -> Samples:
        """Audio of an utterance, float32 [T] at 16 kHz."""
        stored = self._audio.get(utterance.id)
        if stored is None:
            decoded = decode(self._root / utterance.audio)
            stored = np.round(np.clip(decoded, -1, 1) * _INT16).astype(np.int16)
            if self._reserve(stored.nbytes):
                self._audio[utterance.id] = stored
        return stored.astype(np.float32) / np.float32(_INT16)

    def clean_features(self, utterance: Utterance) -> Features:
        """Features of the audio as recorded; callers must not modify them."""
        stored = self._features.get(utterance.id)
        if stored is None:
            stored = self._log_mel(self.load_samples(utterance))
            if self._reserve(stored.nbytes):
                self._features[utterance.id] = stored
        return stored

    def compute_features(self, samples: Samples) -> Features:
        """Features of any signal."""
        return self._log_mel(samples)

    def _reserve(self, size: int) -> bool:
        """Whether ``size`` bytes are left; they are then taken."""
        if size > self._left:
            return False
        self._left -= size
        return True
