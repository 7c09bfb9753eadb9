"""Model versions as the registry reports them, and its errors; needs no MLflow."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ovoz.engine.artifact.storage import DESCRIPTION_FILE
from ovoz.files import file_sha256


class RegistryError(RuntimeError):
    """The registry cannot do what was asked; the message gives the reason and what to do."""


class UnknownVersionError(RegistryError):
    """There is no such version, or none holds the alias."""


class ChangedModelError(RegistryError):
    """The files of a version are not those that were registered."""


class PromotionRefusedError(RegistryError):
    """An alias may not move there; none has moved."""


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version in the registry.

    ``artifact`` is its model artifact on this machine, ``description_sha256`` the digest of the
    ``model.json`` that was registered; None for versions registered before it was recorded.
    """

    name: str
    version: str
    aliases: tuple[str, ...]
    artifact: Path
    description_sha256: str | None = None

    def check_description(self) -> None:
        """Refuse an artifact whose description was edited after it was registered.

        Raises:
            ChangedModelError: ``model.json`` is not the registered one. A missing file is left to
                whoever reads it.
        """
        file = self.artifact / DESCRIPTION_FILE
        if self.description_sha256 is None or not file.is_file():
            return
        if file_sha256(file) != self.description_sha256:
            raise ChangedModelError(
                f"{file}: changed after version {self.version} was registered: put the registered"
                " file back, or register the model again"
            )


class Promotion(BaseModel):
    """Who moved an alias to a version, when, why, and on what evidence.

    ``figures`` and ``limits`` are those of the gates, by gate. ``replaced`` held the alias before,
    and ``replaced_figures`` are those it was promoted on. ``waivers`` are the exceptions that
    counted, by gate: who granted it, until when, and why.
    """

    model_config = ConfigDict(frozen=True)

    who: str
    when: str
    why: str
    figures: dict[str, float | None]
    limits: dict[str, float] = {}
    replaced: str | None = None
    replaced_figures: dict[str, float | None] = {}
    waivers: dict[str, str] = {}


class Withdrawal(BaseModel):
    """Who took a version out of production, when and why."""

    model_config = ConfigDict(frozen=True)

    who: str
    when: str
    why: str


class VersionSummary(BaseModel):
    """The facts about a model that the list of versions shows without fetching its files."""

    model_config = ConfigDict(frozen=True)

    model_version: str
    training_data: str
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list; ``summary`` is missing when its registration was cut off."""

    version: str
    aliases: tuple[str, ...]
    summary: VersionSummary | None
    promotions: dict[str, Promotion]
    withdrawn: Withdrawal | None
