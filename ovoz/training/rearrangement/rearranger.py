"""Draws phrases of one speaker and joins them in an order that nobody spoke."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.phrases import AlignedUtterance, Phrase, crossfade, measure_level
from ovoz.training.audio_cache import AudioCache
from ovoz.training.config import RearrangeConfig
from ovoz.training.targets import TargetEncoder

_MISFITS: Final = 3
"""Phrases that are too long for the room left before no further one is tried."""

_SILENT: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Rearranged:
    """The sound of joined phrases, float32 [T] at 16 kHz in [-1, 1], and what they say."""

    samples: Samples
    text: str


class Rearranger:
    """Makes new utterances of the phrases of one speaker in one source.

    Args:
        aligned: The utterances that phrases are cut out of.
        encoder: Says what the network can learn.
        config: How they are rearranged.
        cache: Reads the audio.
    """

    def __init__(
        self,
        aligned: Iterable[AlignedUtterance],
        encoder: TargetEncoder,
        config: RearrangeConfig,
        cache: AudioCache,
    ) -> None:
        self._voices: dict[tuple[str, str], list[AlignedUtterance]] = defaultdict(list)
        for one in aligned:
            self._voices[_voice(one.utterance)].append(one)
        self._encoder = encoder
        self._config = config
        self._cache = cache

    def draw(self, planned: Utterance, rng: np.random.Generator) -> Rearranged | None:
        """What is heard in the place of an utterance, never longer than it; None for itself.

        It stays if the settings do not match it, in ``1 - share`` of the draws, and where no phrase
        of its speaker fits.
        """
        if not self._config.of.matches(planned) or rng.random() >= self._config.share:
            return None
        voice = self._voices.get(_voice(planned))
        if voice is None:
            return None
        own = self._cache.load_samples(planned)
        phrases, pieces = self._draw_pieces(voice, len(own), measure_level(own), rng)
        if not phrases:
            return None
        samples = np.clip(crossfade(pieces, self._overlap), -1, 1)
        text = " ".join(word.text for phrase in phrases for word in phrase.words)
        if not self._encoder.fits(self._encoder.encode(text), len(samples)):
            return None
        return Rearranged(samples, text)

    @property
    def _overlap(self) -> int:
        return round(self._config.crossfade_s * SAMPLE_RATE)

    def _draw_pieces(
        self, voice: list[AlignedUtterance], room: int, level: float, rng: np.random.Generator
    ) -> tuple[list[Phrase], list[Samples]]:
        """Phrases and their sounds, which are at most ``room`` samples long when joined."""
        phrases: list[Phrase] = []
        pieces: list[Samples] = []
        misfits = 0
        while misfits < _MISFITS:
            phrase = self._draw_phrase(voice, rng)
            piece = phrase.cut()
            added = len(piece) - (self._overlap if pieces else 0)
            # A piece must be there once both its ends have been faded.
            if added > room or len(piece) <= 2 * self._overlap:
                misfits += 1
                continue
            room -= added
            gain = level / max(measure_level(phrase.samples), _SILENT)
            phrases.append(phrase)
            pieces.append(piece * np.float32(gain))
        return phrases, pieces

    def _draw_phrase(self, voice: list[AlignedUtterance], rng: np.random.Generator) -> Phrase:
        source = voice[int(rng.integers(len(voice)))]
        longest = min(self._config.longest_phrase, len(source.words))
        length = int(rng.integers(1, longest + 1))
        first = int(rng.integers(0, len(source.words) - length + 1))
        samples = self._cache.load_samples(source.utterance)
        return Phrase(source, samples, first, first + length)


def _voice(utterance: Utterance) -> tuple[str, str]:
    """One person as one source has them: others may have other people of the same name."""
    return utterance.source, utterance.speaker
