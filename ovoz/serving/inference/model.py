"""The model as the service sees it: what it is, and how a batch is sent to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Protocol, TypeVar

from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.precision import Device
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.options import LanguageHint, RecognitionRequest
from ovoz.serving.problems import RETRY, ProblemError
from ovoz.text.pack import load_pack


@dataclass(frozen=True)
class ModelInfo:
    """The description in a model's artifact, and the device that it runs on.

    ``registered`` is its version in the registry; None where it came from elsewhere.
    """

    description: ModelDescription
    device: Device
    registered: str | None = None

    @property
    def version(self) -> str:
        """Name and digest of the weights, as written into every transcript."""
        return self.description.model_version

    @property
    def notice(self) -> str:
        """What the model was trained on."""
        return f"trained on {self.description.training_data}"

    @cached_property
    def identity(self) -> str:
        """SHA-256 of the whole description, in hexadecimal.

        It changes with anything in the artifact: the same weights with another lexicon have
        another identity.
        """
        return sha256(self.description.model_dump_json().encode()).hexdigest()


class Model(Protocol):
    """A model in this process or elsewhere."""

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        ...

    @property
    def batch_frames(self) -> int:
        """Feature frames worth reading at once, padding included; 0: one recording at a time."""
        ...

    def transcribe_all(
        self, batch: Sequence[RecognitionRequest]
    ) -> list[Transcript | HotWordsError]:
        """One transcript per recording, in order, or the error of its hot words.

        May be called from several threads at once.
        """
        ...


def knows_language(model: Model, hint: LanguageHint) -> bool:
    """Whether the model's language pack has the language of a hint."""
    if hint in (LanguageHint.AUTO, LanguageHint.MIXED):
        return True
    return hint.value in load_pack(model.info.description.pack).config.languages


def require_language(model: Model, hint: LanguageHint) -> None:
    """Refuse a hint of a language that the model's pack does not have.

    Raises:
        ProblemError: the model does not know the language.
    """
    if knows_language(model, hint):
        return
    known = load_pack(model.info.description.pack).config.languages
    told = (
        f"the language (language_hint) {hint.value!r} is not supported by this model:"
        f" send {', '.join(known)} or mixed, or nothing"
    )
    raise ProblemError(422, "unknown-language", told, param="language")


_Loaded = TypeVar("_Loaded", bound=Model)


def require_model(model: _Loaded | None) -> _Loaded:
    """The model, once it is there.

    Raises:
        ProblemError: it is still loading.
    """
    if model is None:
        raise ProblemError(503, "model-not-loaded", "the model is still loading", RETRY)
    return model
