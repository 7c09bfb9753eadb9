"""Model versions as the registry reports them, and its errors; needs no MLflow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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


class ConcurrentMoveError(PromotionRefusedError):
    """Somebody else moved an alias meanwhile; nothing of this move was made."""


class Move(BaseModel):
    """One move of an alias, as the journal lists it; ``replaced`` held the alias before.

    The end of a canary takes the alias from ``version``.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["promotion", "roll-back", "canary-end"]
    version: str
    alias: str
    who: str
    when: str
    why: str
    replaced: str | None = None

    @property
    def told(self) -> str:
        """The move in a line, for people."""
        if self.kind == "promotion":
            former = f" (in place of version {self.replaced})" if self.replaced else ""
            return f"version {self.version} → {self.alias} by {self.who}: {self.why}{former}"
        if self.kind == "canary-end":
            return f"version {self.version} is no {self.alias} any more, by {self.who}: {self.why}"
        gone = f"version {self.replaced}" if self.replaced else "a deleted version"
        return (
            f"{gone} withdrawn by {self.who}: {self.why}"
            f" ({self.alias} is version {self.version} again)"
        )


class PlannedMove(BaseModel):
    """A move and its writes, each of which may be repeated without harm.

    ``aliases`` says what each alias holds afterwards, in the order in which they are set, and
    ``tags`` what is written on versions; None removes. ``after`` is the number of the last move
    that its author knew.
    """

    model_config = ConfigDict(frozen=True)

    move: Move
    aliases: dict[str, str | None]
    tags: dict[str, dict[str, str | None]]
    after: int = 0


class Revisions(BaseModel):
    """What judged a version: the commit of the code, DVC's hash of the corpus; empty if unknown."""

    model_config = ConfigDict(frozen=True)

    code: str = ""
    data: str = ""


class Promotion(BaseModel):
    """Who moved an alias to a version, when, why, and on what evidence.

    ``judged_with`` are code and data of the gates; ``figures`` and ``limits`` are told by gate.
    ``replaced`` held the alias before, and ``replaced_figures`` are those it was promoted on.
    ``waivers`` are the exceptions that counted, by gate: who granted it, until when, and why.
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
    judged_with: Revisions = Revisions()


class Withdrawal(BaseModel):
    """Who took a version out of production or of a trial, when and why."""

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
    cannot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list; ``summary`` is missing when its registration was cut off."""

    version: str
    aliases: tuple[str, ...]
    summary: VersionSummary | None
    promotions: dict[str, Promotion]
    withdrawn: Withdrawal | None
