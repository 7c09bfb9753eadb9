"""The model in this process: requests grouped by their options, and the language hint applied."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from ovoz.audio.signal import Samples
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.engine import Engine
from ovoz.engine.load import load_draft_engine, load_engine
from ovoz.engine.precision import Device
from ovoz.engine.readers import AllowedLetters
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.device import device_of
from ovoz.serving.inference.model import ModelInfo
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, RecognitionRequest
from ovoz.serving.model_settings import DeviceChoice
from ovoz.serving.telemetry import metrics
from ovoz.text.language import Language
from ovoz.text.pack import load_pack

BATCH_FRAMES_ON_GPU: Final = 16_000
"""Feature frames, padding included, that a GPU reads at once; a CPU is faster one by one."""


def letters_allowed_by(
    hint: LanguageHint, letters: Mapping[Language, str]
) -> AllowedLetters | None:
    """The letters that may be written under a hint; ``None`` where all may.

    Without the letters of a language, none of its words can be written. ``letters`` are those of
    the languages of the model's pack.
    """
    allowed = next((own for language, own in letters.items() if language.value == hint.value), None)
    return None if allowed is None else frozenset(allowed).__contains__


@dataclass(frozen=True)
class LocalModel:
    """A model loaded in this process."""

    info: ModelInfo
    engine: Engine
    drafts: Engine | None = None
    """Reads partial transcripts; ``engine`` does where there is none."""
    folder: Path | None = None
    """Its artifact."""

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        threads: int,
        device: DeviceChoice = "cpu",
        registered: str | None = None,
    ) -> Self:
        """The model of an artifact, which is version ``registered`` in the registry.

        Raises:
            ArtifactError: The artifact is missing, damaged, or of another layout version.
            ValueError: The device cannot be had here.
        """
        found = device_of(device)
        engine = load_engine(directory, threads=threads, device=found)
        drafts = load_draft_engine(directory, engine, threads=threads)
        description = read_description(directory, verify=False)
        model = cls(ModelInfo(description, found, registered), engine, drafts, directory)
        metrics.MODELS_LOADED.inc()
        weakref.finalize(model, metrics.MODELS_LOADED.dec)
        return model

    @property
    def batch_frames(self) -> int:
        """Feature frames worth reading at once; 0 where one by one is faster."""
        return 0 if self.info.device is Device.CPU else BATCH_FRAMES_ON_GPU

    def transcribe_all(
        self, batch: Sequence[RecognitionRequest]
    ) -> list[Transcript | HotWordsError]:
        """One transcript per recording, in order, or the error of its hot words.

        Recordings with equal options are read together, so hot words that cannot be used spoil
        those recordings only. May be called from several threads at once.
        """
        places: dict[RecognitionOptions, list[int]] = {}
        for place, request in enumerate(batch):
            places.setdefault(request.options, []).append(place)
        results: dict[int, Transcript | HotWordsError] = {}
        for options, group in places.items():
            found = self._transcribe([batch[place].samples for place in group], options)
            results.update(zip(group, found, strict=True))
        return [results[place] for place in range(len(batch))]

    def _transcribe(
        self, signals: Sequence[Samples], options: RecognitionOptions
    ) -> Sequence[Transcript | HotWordsError]:
        engine = self.drafts if options.draft and self.drafts is not None else self.engine
        try:
            return engine.transcribe(
                signals,
                hot_words=options.hot_words,
                allowed_letters=self._allowed_letters[options.language_hint],
            )
        except HotWordsError as error:
            return [error] * len(signals)

    @cached_property
    def _allowed_letters(self) -> dict[LanguageHint, AllowedLetters | None]:
        """The same object at every call, so that readers need to ask it once only."""
        letters = load_pack(self.info.description.pack).config.letters
        return {hint: letters_allowed_by(hint, letters) for hint in LanguageHint}
