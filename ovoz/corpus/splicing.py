"""Switched speech from people who did not switch: phrases of one language put into another's.

Nobody records enough code-switching. Phrases of aligned monolingual utterances are exchanged at
word boundaries, as in "Data augmentation for code-switching" by speech splicing (Nakayama et al.,
2018; Liang et al., 2022). It is real speech in an order that nobody spoke: sources and reports say
so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.corpus.clips import write_clip
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Dialect, Split, Utterance, write_manifest
from ovoz.corpus.phrases import AlignedUtterance, Phrase, crossfade, measure_level, measure_timbre
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback
from ovoz.text.language import LabelWords, Language, label_by_script, utterance_language

SPLICED: Final = "spliced"
"""What the source of a spliced row begins with."""


class SpliceConfig(BaseModel):
    """How switched utterances are made.

    ``utterances`` are wanted, out of ``of_each`` of either language. Each is one of ``matrix`` with
    a phrase of one to ``longest_phrase`` words of ``embedded`` put in, in place of a word or
    between two. Words are only taken from utterances whose alignment scores over ``least_score``
    (nats a frame). The phrase is of the same speaker where he speaks both languages, else of the
    likest of ``voices`` voices drawn; ``same_speaker`` takes no other. Pieces overlap by
    ``crossfade_s``, and the phrase is brought to the loudness around it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    utterances: int = Field(default=1000, ge=1)
    of_each: int = Field(default=2000, ge=1)
    matrix: Language = Language.UZBEK
    embedded: Language = Language.RUSSIAN
    longest_phrase: int = Field(default=4, ge=1)
    least_score: float = Field(default=-1.0, le=0)
    same_speaker: bool = False
    voices: int = Field(default=8, ge=1)
    crossfade_s: Seconds = Field(default=0.01, gt=0, le=0.1)
    seed: int = 1


class SplicingError(ValueError):
    """Nothing to splice; the message says what is missing."""


def choose_utterances(rows: Sequence[Utterance], config: SpliceConfig) -> list[Utterance]:
    """The training rows to align: at most ``of_each`` of each language, drawn by the seed."""
    rng = np.random.default_rng(config.seed)
    chosen: list[Utterance] = []
    for language in (config.matrix, config.embedded):
        known = [one for one in rows if one.split is Split.TRAIN and one.languages is language]
        drawn = rng.permutation(len(known))[: config.of_each]
        chosen += [known[place] for place in sorted(drawn.tolist())]
    return chosen


def splice(
    dataset: Dataset,
    aligned: Sequence[AlignedUtterance],
    folder: Path,
    config: SpliceConfig,
    progress: ProgressCallback | None = None,
    label: LabelWords = label_by_script,
) -> Dataset:
    """Write a corpus of spliced utterances; the same seed gives the same bytes.

    Args:
        dataset: Where the utterances are from.
        aligned: Training utterances of both languages.
        folder: Gets ``audio/`` and the manifest; appears complete or not at all.
        config: How the utterances are spliced.
        progress: Called with the number of utterances done and of all.
        label: The ``transcript_languages`` of the language pack.

    Returns:
        The spliced corpus.

    Raises:
        SplicingError: No pair of utterances can be spliced.
        AudioError: An utterance cannot be read.
    """
    pairs = _PhraseSampler(dataset, aligned, config)
    with atomic_folder(folder) as unfinished:
        (unfinished / "audio").mkdir()
        rows = []
        for number in range(config.utterances):
            rows.append(_spliced(*pairs.draw(number), unfinished, number, config, label))
            if progress is not None:
                progress(number + 1, config.utterances)
        write_manifest(rows, unfinished / MANIFEST_FILE)
    return Dataset.in_folder(folder)


class _PhraseSampler:
    """Draws an utterance of the matrix language and a phrase that fits its voice."""

    def __init__(
        self, dataset: Dataset, aligned: Sequence[AlignedUtterance], config: SpliceConfig
    ) -> None:
        good = [
            one
            for one in aligned
            if one.utterance.split is Split.TRAIN and one.score >= config.least_score and one.words
        ]
        self._dataset = dataset
        self._config = config
        self._timbres: dict[str, npt.NDArray[np.float64]] = {}
        self._matrix = [
            one for one in good if one.utterance.languages is config.matrix and len(one.words) > 1
        ]
        self._phrases = [one for one in good if one.utterance.languages is config.embedded]
        if config.same_speaker:
            both = {one.utterance.speaker for one in self._phrases}
            self._matrix = [one for one in self._matrix if one.utterance.speaker in both]
        if not self._matrix or not self._phrases:
            raise SplicingError(
                f"nothing to splice: {len(self._matrix)} utterances in {config.matrix} and"
                f" {len(self._phrases)} in {config.embedded} align well enough"
                + (" and share speakers" if config.same_speaker else "")
            )

    def draw(self, number: int) -> tuple[Phrase, Phrase, Phrase]:
        """What is spoken before the phrase, the phrase, and what is spoken behind it."""
        rng = np.random.default_rng([self._config.seed, number])
        matrix = self._matrix[rng.integers(len(self._matrix))]
        phrase = self._like(matrix, rng)
        samples = self._samples(matrix)
        length = int(rng.integers(1, min(self._config.longest_phrase, len(phrase.words)) + 1))
        first = int(rng.integers(0, len(phrase.words) - length + 1))
        place = int(rng.integers(0, len(matrix.words) + 1))
        # A word gives way to the phrase as often as the phrase comes between two.
        replaced = int(rng.integers(0, 2)) if place < len(matrix.words) else 0
        return (
            Phrase(matrix, samples, 0, place),
            Phrase(phrase, self._samples(phrase), first, first + length),
            Phrase(matrix, samples, place + replaced, len(matrix.words)),
        )

    def _like(self, matrix: AlignedUtterance, rng: np.random.Generator) -> AlignedUtterance:
        """An utterance of the other language, by the same voice or one like it."""
        speaker = matrix.utterance.speaker
        own = [one for one in self._phrases if one.utterance.speaker == speaker]
        if own:
            return own[int(rng.integers(len(own)))]
        drawn = rng.choice(len(self._phrases), min(self._config.voices, len(self._phrases)), False)
        wanted = self._timbre(matrix)
        nearest: int = min(
            drawn.tolist(),
            key=lambda place: float(np.linalg.norm(self._timbre(self._phrases[place]) - wanted)),
        )
        return self._phrases[nearest]

    def _timbre(self, one: AlignedUtterance) -> npt.NDArray[np.float64]:
        name = one.utterance.id
        if name not in self._timbres:
            self._timbres[name] = measure_timbre(self._samples(one))
        return self._timbres[name]

    def _samples(self, one: AlignedUtterance) -> Samples:
        return self._dataset.samples(one.utterance)


def _spliced(
    before: Phrase,
    phrase: Phrase,
    behind: Phrase,
    folder: Path,
    number: int,
    config: SpliceConfig,
    label: LabelWords,
) -> Utterance:
    parts = [part for part in (before, phrase, behind) if part.words]
    sounds = [part.cut() for part in parts]
    at = next(place for place, part in enumerate(parts) if part is phrase)
    around = np.concatenate([sound for place, sound in enumerate(sounds) if place != at])
    sounds[at] = sounds[at] * np.float32(
        measure_level(around) / max(measure_level(sounds[at]), 1e-6)
    )
    samples = np.clip(crossfade(sounds, round(config.crossfade_s * SAMPLE_RATE)), -1, 1)
    words = [word.text for part in parts for word in part.words]
    text = " ".join(words)
    matrix, other = before.source.utterance, phrase.source.utterance
    name = f"{SPLICED}-{number:06d}"
    return matrix.model_copy(
        update={
            "id": name,
            "text": text,
            "raw_text": text,
            "languages": utterance_language(words, label),
            "dialect": matrix.dialect if matrix.dialect is other.dialect else Dialect.UNKNOWN,
            "source": _both(f"{SPLICED}:{matrix.source}", other.source),
            "licence": _both(matrix.licence, other.licence),
            "consent": _both(matrix.consent, other.consent),
            **write_clip(folder, f"audio/{name}.flac", samples),
        }
    )


def _both(one: str, other: str) -> str:
    return one if one.removeprefix(f"{SPLICED}:") == other else f"{one} + {other}"
