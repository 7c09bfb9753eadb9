"""Speech that is wanted: the file that a look at traffic writes and the collector opens."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ovoz.corpus.manifest import Dialect
from ovoz.files import write_text
from ovoz.strict_yaml import one_line_faults, read_yaml

_HEAD = (
    "# Speech that traffic asks for. Read the titles, which people are shown, then open it:\n"
    "#   python -m collector campaigns import FILE\n"
)


class WantedSpeech(BaseModel):
    """One campaign: ``target`` accepted clips; ``language`` is of the prompts, empty for any.

    ``why`` is for whoever opens the campaign, ``title`` for those who speak.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    target: int = Field(ge=1)
    language: str = Field(default="", max_length=8)
    dialect: Dialect | None = None
    domain: str = Field(default="", max_length=32)
    why: str = ""


class WantedSpeechError(ValueError):
    """A file that is none of wanted speech; the message names it, the key and what is wrong."""


class _Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    campaigns: tuple[WantedSpeech, ...]


def write_wanted(campaigns: list[WantedSpeech], file: Path) -> None:
    """Write ``file``, complete or not at all.

    Raises:
        OSError: It cannot be written.
    """
    tree = _Wanted(campaigns=tuple(campaigns)).model_dump(mode="json", exclude_defaults=True)
    write_text(file, _HEAD + yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))


def read_wanted(file: Path) -> tuple[WantedSpeech, ...]:
    """The campaigns of a file.

    Raises:
        WantedSpeechError: No such file, not YAML, or not of this form.
    """
    with one_line_faults(file, "list of wanted speech", WantedSpeechError):
        return _Wanted.model_validate(read_yaml(file)).campaigns
