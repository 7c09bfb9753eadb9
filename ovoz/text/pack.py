"""A language pack: one module and one YAML behind one interface.

``packs/NAME.yaml`` (package data, so that it is there when Ovoz is installed) names the module,
whose ``build(config)`` gives the pack. A new pack adds those two files and changes nothing else;
they may also lie outside Ovoz, and the pack is then named by the path of its YAML.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovoz.text.language import Language


class PackError(ValueError):
    """A language pack that is unknown, or whose YAML cannot be used; the message says why."""


class PackConfig(BaseModel):
    """What the YAML of a pack says.

    ``languages`` are one, or two that are switched between, the matrix language first.
    ``alphabet`` holds the letters of the model's transcripts without the space; ``voices`` the
    espeak-ng voices and ``prompts`` sentences to read aloud, by language code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    module: str
    languages: tuple[Language, ...] = Field(min_length=1, max_length=2)
    alphabet: str
    voices: dict[str, tuple[str, ...]]
    prompts: dict[str, tuple[str, ...]]


class LanguagePack(Protocol):
    """All that the rest of Ovoz knows about the languages of a model."""

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

    def word_language(self, word: str) -> Language:
        """Language of one word of a canonical transcript, which needs no neighbours."""
        ...

    def number_words(self, number: int, language: str) -> str:
        """Words of a whole number.

        Raises:
            ValueError: The language is not of this pack, or the number is too large.
        """
        ...


def pack_names() -> list[str]:
    """Names that :func:`load_pack` knows."""
    folder = resources.files("ovoz.text").joinpath("packs")
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    )


@cache
def load_pack(name: str) -> LanguagePack:
    """The language pack of that name, or of a YAML file of your own; loaded once.

    Args:
        name: One of :func:`pack_names`, or the path of a ``.yaml`` whose module can be imported.

    Raises:
        PackError: No such pack, or its YAML or module cannot be used.
    """
    source = _source(name)
    try:
        config = PackConfig.model_validate(yaml.safe_load(source.read_text("utf-8")))
        pack: LanguagePack = import_module(config.module).build(config)
    except (OSError, ValidationError, yaml.YAMLError, ImportError) as error:
        raise PackError(f"{source} cannot be used as a language pack: {error}") from error
    return pack


def _source(name: str) -> Traversable:
    if name.endswith(".yaml"):
        return Path(name)
    known = pack_names()
    if name not in known:
        raise PackError(
            f"no language pack {name!r}; known are {', '.join(known)}, or give the path of a .yaml"
        )
    return resources.files("ovoz.text").joinpath(f"packs/{name}.yaml")
