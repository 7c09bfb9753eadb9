"""Packs of prompts: YAML files with sentences of one kind."""

from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovoz.text.language import Language


class Task(StrEnum):
    """What is done with a prompt."""

    READ = "read"
    OWN_WORDS = "own_words"
    """The thought is said in the speaker's own words, which they write down then."""
    ANSWER = "answer"
    """A question is answered, and the answer written down."""


class PromptPackError(ValueError):
    """A pack that cannot be read; the message names the file and the field."""


class PromptPack(BaseModel):
    """One file. ``dialect`` and ``domain`` are empty where they are of no account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    task: Task = Task.READ
    language: Language
    dialect: Literal["", "tashkent", "fergana", "khorezm"] = ""
    domain: str = Field(default="", max_length=32)
    prompts: tuple[str, ...] = Field(min_length=1)


def read_pack(path: Path) -> PromptPack:
    """Read a pack.

    Raises:
        PromptPackError: The file is not there, no YAML, or a field is wrong.
    """
    try:
        return PromptPack.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise PromptPackError(f"{path}: not a pack of prompts: {error}") from error


def own_packs(language_pack: str) -> Iterator[PromptPack]:
    """The packs that come with the collector, of a language pack; none of one that it lacks."""
    folder = resources.files("collector.prompts") / "packs" / language_pack
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield PromptPack.model_validate(yaml.safe_load(file.read_text("utf-8")))
