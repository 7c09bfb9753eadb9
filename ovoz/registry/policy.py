"""The policy of aliases, read from ``mlflow/policy.yaml``."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.canary.policy import CanaryPolicy

POLICY_FILE: Final = files("ovoz.registry") / "policy.yaml"
"""A link to ``mlflow/policy.yaml`` in a checkout, the file itself in an installed package."""


class AliasRule(BaseModel):
    """Aliases that a version may hold before it moves to this one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    comes_from: tuple[str, ...] = Field(alias="from")


class Policy(BaseModel):
    """Which alias may follow which, and how a canary is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aliases: dict[str, AliasRule]
    candidate: str
    production: str
    previous: str
    canary: CanaryPolicy | None = None

    def destination(self, alias: str, version: str, held: Mapping[str, str]) -> str:
        """The alias that a version meant for ``alias`` can be given.

        A canary needs a version beside it: the first one goes to production, and one that is in
        production stays there.

        Args:
            alias: Where it is meant to go.
            version: Number of the version.
            held: The holder of every alias.
        """
        if self.canary is None or alias != self.canary.alias:
            return alias
        is_alone = held.get(self.canary.against) in (None, version)
        return self.production if is_alone else alias

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = {*self.aliases, self.candidate}
        for alias, rule in self.aliases.items():
            for origin in rule.comes_from:
                if origin not in known:
                    raise ValueError(f"alias {alias!r} comes from {origin!r}, which is no alias")
        if self.production not in self.aliases:
            raise ValueError(f"production alias {self.production!r} has no rule")
        if self.canary is not None and not {self.canary.alias, self.canary.against} <= known:
            raise ValueError("canary: no such alias")
        return self


def load_policy(path: Traversable = POLICY_FILE) -> Policy:
    """Read the policy.

    Raises:
        ValueError: The file is missing or breaks the schema.
    """
    try:
        return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: no readable policy: {error}") from error
