"""The table of strings, and the versions of the consent text."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

_PACKAGE: Final = "collector.texts"


class Tongue(StrEnum):
    """A language of the interface."""

    UZBEK = "uz"
    UZBEK_CYRILLIC = "uz_cyrl"
    RUSSIAN = "ru"
    ENGLISH = "en"


NAMES: Final[Mapping[Tongue, str]] = {
    Tongue.UZBEK: "Oʻzbekcha",
    Tongue.UZBEK_CYRILLIC: "Ўзбекча",
    Tongue.RUSSIAN: "Русский",
    Tongue.ENGLISH: "English",
}


class ConsentText(BaseModel):
    """What a speaker agrees to, in every language; changed words are a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    text: dict[Tongue, str]

    def sha256(self, tongue: Tongue) -> str:
        """Digest of the words that a speaker saw."""
        return hashlib.sha256(self.text[tongue].encode()).hexdigest()


@cache
def load_strings() -> Mapping[str, Mapping[Tongue, str]]:
    """Every string by its key, in every language."""
    raw = yaml.safe_load((resources.files(_PACKAGE) / "strings.yaml").read_text("utf-8"))
    return {key: {Tongue(name): text for name, text in forms.items()} for key, forms in raw.items()}


@cache
def load_consents() -> Mapping[str, ConsentText]:
    """Every version of the consent text by its name; the last one is asked for."""
    folder = resources.files(_PACKAGE) / "consents"
    texts = [
        ConsentText.model_validate(yaml.safe_load(file.read_text("utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    ]
    return {text.version: text for text in sorted(texts, key=lambda text: text.version)}


def current_consent() -> ConsentText:
    """The version that speakers agree to today."""
    return list(load_consents().values())[-1]


def say(key: str, tongue: str, **values: object) -> str:
    """A string with its values in place.

    Raises:
        KeyError: There is no such string, language or value.
    """
    return load_strings()[key][Tongue(tongue)].format(**values)


def guess_tongue(language_code: str | None) -> Tongue:
    """The language to begin in, by what a person's Telegram is set to."""
    code = (language_code or "").lower().partition("-")[0]
    return {"ru": Tongue.RUSSIAN, "en": Tongue.ENGLISH}.get(code, Tongue.UZBEK)
