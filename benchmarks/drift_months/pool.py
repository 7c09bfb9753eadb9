"""Features of clips as they are and after each shift."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.drift_months.clips import Clip
from benchmarks.drift_months.sounds import SOUNDS
from ovoz.audio.measures import measure
from ovoz.audio.signal import Samples
from ovoz.engine.transcript import Word
from ovoz.monitoring.hour_files import FEATURES_SCHEMA
from ovoz.monitoring.traffic import describe_recognition
from ovoz.text.dialects import to_dialect
from ovoz.text.language import Language, join_languages
from ovoz.text.pack import load_pack

OTHERS: Final = ("code-switching doubled", "a new dialect", "one heavy caller", "night and day")

Random = np.random.Generator


def describe(clips: list[Clip], change: Callable[[Samples, Random], Samples] | None) -> pa.Table:
    """Features of clips, after a change of their sound."""
    random = np.random.default_rng(1)
    rows = []
    for clip in clips:
        samples = clip.samples if change is None else change(clip.samples, random)
        rows.append(features(samples, clip.text))
    return pa.Table.from_pylist(rows, schema=FEATURES_SCHEMA)


def features(samples: Samples, text: str) -> dict[str, object]:
    """Features of a clip in which every word of its transcript is heard."""
    label = load_pack("uz-ru").transcript_languages
    languages = label(text.split())
    spoken = zip(text.split(), languages, strict=True)
    words = [Word(word, 0.0, 0.0, language, 1.0) for word, language in spoken]
    language = join_languages(languages)
    return asdict(describe_recognition(words, language, measure(samples)))


class Pool:
    """What months are drawn from: the tables of the clips as they are and after each shift."""

    def __init__(self, clips: list[Clip]) -> None:
        self.base = describe(clips, None)
        self._clips = clips
        self.speakers = np.array([clip.speaker for clip in clips])
        languages = np.array(self.base["language"].to_pylist())
        self.is_mixed = languages == Language.MIXED.value

    @cache  # noqa: B019  (there is one pool, as long as the process)
    def shifted(self, name: str) -> pa.Table:
        """The clips after a shift of their sound or words."""
        if name != "a new dialect":
            return describe(self._clips, SOUNDS[name])
        dialect = [Clip(one.samples, to_dialect(one.text, "khorezm"), "") for one in self._clips]
        return describe(dialect, None)

    def weights(self, shift: str) -> tuple[pa.Table, npt.NDArray[np.float64]]:
        """What the shifted segments are drawn from, and with which weights."""
        even = np.full(self.base.num_rows, 1 / self.base.num_rows)
        if shift == "code-switching doubled":
            mixed = self.is_mixed.mean()
            return self.base, np.where(self.is_mixed, 2.0, (1 - 2 * mixed) / (1 - mixed)) * even
        if shift == "one heavy caller":
            names, counts = np.unique(self.speakers, return_counts=True)
            own = self.speakers == names[counts.argmax()]
            return self.base, own / own.sum()
        return self.shifted("noise +10 dB" if shift == "night and day" else shift), even
