"""Language packs: one module and one YAML each, behind one interface.

``packs/NAME.yaml`` (package data) names the module, whose ``build(config)`` returns the pack. A new
pack adds these two files and changes nothing else. They may also lie outside Ovoz; the pack is then
named by the path of its YAML.
"""

import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovoz.text.language import Language

DEFAULT_PACK: Final = "uz-ru"
"""The pack where none is named."""

_outside: dict[str, tuple[Path, ...]] = {}


class PackError(ValueError):
    """A language pack that is unknown or unusable; the message says why."""


class PackConfig(BaseModel):
    """The YAML of a pack.

    Attributes:
        name: Name of the pack, such as ``uz-ru``.
        title: Name for people.
        module: Python module with the function ``build``.
        languages: One language, or two to switch between, the matrix language first.
        alphabet: Letters of the transcripts, without the space.
        letters: Those of them that a language is written with; a hint of the language rules out
            the others.
        voices: espeak-ng voices by language code.
        prompts: Sentences to read aloud by language code.
        sentences: Templates of spoken sentences by language and rule, for synthetic speech
            (``ovoz/corpus/synthetic/templates.py``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    module: str
    languages: tuple[Language, ...] = Field(min_length=1, max_length=2)
    alphabet: str
    letters: dict[Language, str] = {}
    voices: dict[str, tuple[str, ...]]
    prompts: dict[str, tuple[str, ...]]
    sentences: dict[Language, dict[str, tuple[str, ...]]] = {}


class ConfiguredPack:
    """What packs take from their YAML; a base for them, not an obligation.

    Args:
        config: The YAML.
    """

    def __init__(self, config: PackConfig) -> None:
        self.config = config
        self.alphabet = tuple(sorted({" ", *config.alphabet}))

    @property
    def name(self) -> str:
        """Name of the pack."""
        return self.config.name

    @property
    def prompts(self) -> dict[str, tuple[str, ...]]:
        """Sentences to read aloud, by language code."""
        return self.config.prompts

    @property
    def voices(self) -> dict[str, tuple[str, ...]]:
        """Names of espeak-ng voices, by language code."""
        return self.config.voices

    def no_number_words(self, language: str) -> ValueError:
        """The error of a pack that is asked for numbers in a language that it does not have."""
        known = self.config.languages
        return ValueError(f"no number words in {language!r}; {self.name} has {known}")


class LanguagePack(Protocol):
    """The languages of a model, as the rest of Ovoz sees them."""

    @property
    def config(self) -> PackConfig:
        """The YAML of the pack."""
        ...

    @property
    def name(self) -> str:
        """Name of the pack, such as ``uz-ru``."""
        ...

    @property
    def alphabet(self) -> tuple[str, ...]:
        """Symbols of the model's transcripts: letters, apostrophes and the space; sorted."""
        ...

    @property
    def prompts(self) -> dict[str, tuple[str, ...]]:
        """Sentences to read aloud, by language code."""
        ...

    @property
    def voices(self) -> dict[str, tuple[str, ...]]:
        """Names of espeak-ng voices by language code."""
        ...

    def normalize(self, text: str) -> str:
        """Text as spoken, in the writer's script: lower case, numbers in words, no punctuation."""
        ...

    def canonical(self, text: str) -> str:
        """Canonical transcript of text in any script; idempotent."""
        ...

    def literary(self, text: str) -> str:
        """A canonical transcript with dialect forms replaced by literary ones; idempotent."""
        ...

    def word_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a text in any script, from the word and its neighbours."""
        ...

    def transcript_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a canonical transcript."""
        ...

    def number_words(self, number: int, language: str) -> str:
        """Words of a whole number.

        Raises:
            ValueError: The language is not in this pack, or the number is too large.
        """
        ...


def pack_names() -> list[str]:
    """Names of the packs in this package."""
    folder = resources.files("ovoz.text").joinpath("packs")
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    )


@cache
def load_pack(name: str) -> LanguagePack:
    """Load a language pack by name, or by the path of its YAML; loaded once per process.

    Args:
        name: One of :func:`pack_names`, or the path of a ``.yaml`` whose module can be imported.

    Raises:
        PackError: The pack is unknown, or its YAML or module is unusable.
    """
    source = _find_yaml(name)
    try:
        config = PackConfig.model_validate(yaml.safe_load(source.read_text("utf-8")))
        pack: LanguagePack = import_module(config.module).build(config)
    except (OSError, ValidationError, yaml.YAMLError, ImportError) as error:
        raise PackError(f"{source} cannot be used as a language pack: {error}") from error
    if name.endswith(".yaml"):
        _outside[name] = _find_files(Path(name), config.module)
    return pack


def list_outside_files(name: str) -> tuple[Path, ...]:
    """Files of a pack outside Ovoz: its YAML and the Python files beside its module.

    None for a pack of Ovoz's own, whose files are Ovoz's code.

    Raises:
        PackError: As :func:`load_pack`.
    """
    load_pack(name)
    return tuple(sorted(_outside.get(name, ())))


def loaded_outside_files() -> tuple[Path, ...]:
    """Files of all packs outside Ovoz that this process has loaded, sorted."""
    return tuple(sorted({file for files in _outside.values() for file in files}))


def _find_files(source: Path, module: str) -> tuple[Path, ...]:
    origin = sys.modules[module].__file__
    beside = Path(origin).parent.glob("*.py") if origin else ()
    return (source.resolve(), *(file.resolve() for file in beside))


def _find_yaml(name: str) -> Traversable:
    if name.endswith(".yaml"):
        return Path(name)
    known = pack_names()
    if name not in known:
        raise PackError(
            f"no language pack {name!r}; known are {', '.join(known)}, or give the path of a .yaml"
        )
    return resources.files("ovoz.text").joinpath(f"packs/{name}.yaml")
