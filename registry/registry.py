"""Registration, aliases, promotion and roll-back of models in MLflow."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.exceptions import MlflowException

from ovoz.engine.artifact import read_description
from ovoz.evaluation.gates import Verdict
from registry.policy import Policy, load_policy
from registry.settings import RegistrySettings

_CONTENT_TAG: Final = "ovoz.content"
_PROMOTED_TAG: Final = "ovoz.promoted."


class RegistryError(RuntimeError):
    """The registry cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version in the registry; ``artifact`` is its model artifact on this machine."""

    name: str
    version: str
    aliases: tuple[str, ...]
    artifact: Path


class Registry:
    """The versions of one registered model.

    Args:
        settings: Where it is.
        policy: Which alias may follow which.
    """

    def __init__(self, settings: RegistrySettings, policy: Policy | None = None) -> None:
        self.settings = settings
        self.policy = policy or load_policy()
        prepare_store(settings)
        self._client = MlflowClient(tracking_uri=settings.tracking_uri)

    def register(self, artifact: Path, tags: dict[str, str]) -> RegisteredModel:
        """Register a model artifact as the new candidate.

        The alias moves last, so an interrupted registration leaves no alias on half a version.
        An artifact that is registered already is not registered twice.

        Args:
            artifact: The directory; copied.
            tags: Written on the version, such as the versions of code and data.

        Raises:
            ArtifactError: The directory is no whole artifact.
        """
        content = _content(artifact)
        version = self._with_content(content) or self._log(artifact, content, tags)
        self._client.set_registered_model_alias(
            self.settings.model, self.policy.candidate, version.version
        )
        return self._registered(version.version)

    def resolve(self, alias: str) -> RegisteredModel:
        """The version that holds ``alias``.

        Raises:
            RegistryError: No version does.
        """
        version = self._holder(alias)
        if version is None:
            raise RegistryError(
                f"no version of {self.settings.model} is {alias!r}: run the pipeline (`make run`)"
            )
        return self._registered(version)

    def versions(self) -> list[RegisteredModel]:
        """All versions, the newest first."""
        found = self._client.search_model_versions(f"name='{self.settings.model}'")
        numbers = sorted((int(one.version) for one in found), reverse=True)
        return [self._registered(str(number)) for number in numbers]

    def promote(
        self, version: str, alias: str, verdict: Verdict, *, who: str, why: str
    ) -> RegisteredModel:
        """Move ``alias`` to ``version`` and write who did it, when, why and on what figures.

        A version that holds the alias already is left as it is. When production moves, its former
        holder becomes ``previous``.

        Args:
            version: Number of the version.
            alias: Where it goes; the policy says from where it may come.
            verdict: The gates, judged on current data.
            who: Who promotes.
            why: The reason, for those who come later.

        Raises:
            RegistryError: A gate failed, the alias is unknown, or the policy forbids the move; no
                alias has moved then.
        """
        rule = self.policy.aliases.get(alias)
        if rule is None:
            raise RegistryError(f"no alias {alias!r}; there are {', '.join(self.policy.aliases)}")
        if not verdict.passed:
            raise RegistryError(f"version {version} failed its gates and is not made {alias}")
        model = self._registered(version)
        if alias in model.aliases:
            return model
        came = set(model.aliases) | self._past_aliases(version)
        if not came & set(rule.comes_from):
            raise RegistryError(
                f"version {version} is {', '.join(model.aliases) or 'without alias'};"
                f" only {' or '.join(rule.comes_from)} becomes {alias}"
            )
        self._record(version, alias, verdict, who, why)
        if alias == self.policy.production and (former := self._holder(alias)):
            self._client.set_registered_model_alias(
                self.settings.model, self.policy.previous, former
            )
        self._client.set_registered_model_alias(self.settings.model, alias, version)
        return self._registered(version)

    def roll_back(self, *, who: str, why: str) -> RegisteredModel:
        """Give production back to its former holder; the two swap places.

        Raises:
            RegistryError: There is no former holder.
        """
        policy = self.policy
        current, former = self._holder(policy.production), self._holder(policy.previous)
        if current is None or former is None:
            raise RegistryError("nothing to roll back to: production has had one version only")
        note = json.dumps({"who": who, "why": why, "when": _now(), "from": current})
        self._client.set_model_version_tag(self.settings.model, former, "ovoz.rolled_back_to", note)
        self._client.set_registered_model_alias(self.settings.model, policy.production, former)
        self._client.set_registered_model_alias(self.settings.model, policy.previous, current)
        return self._registered(former)

    def _log(self, artifact: Path, content: str, tags: dict[str, str]) -> MlflowVersion:
        from registry.logging import log_version

        version = log_version(self.settings, artifact)
        for key, value in tags.items():
            self._client.set_model_version_tag(self.settings.model, version.version, key, value)
        # Last: only a version with this tag counts as registered.
        self._client.set_model_version_tag(
            self.settings.model, version.version, _CONTENT_TAG, content
        )
        return version

    def _with_content(self, content: str) -> MlflowVersion | None:
        for version in self._client.search_model_versions(f"name='{self.settings.model}'"):
            if version.tags.get(_CONTENT_TAG) == content:
                return version
        return None

    def _holder(self, alias: str) -> str | None:
        try:
            found = self._client.get_model_version_by_alias(self.settings.model, alias)
        except MlflowException:
            return None
        return str(found.version)

    def _registered(self, version: str) -> RegisteredModel:
        try:
            found = self._client.get_model_version(self.settings.model, version)
        except MlflowException as error:
            raise RegistryError(f"{self.settings.model} has no version {version}") from error
        return RegisteredModel(
            name=self.settings.model,
            version=str(found.version),
            aliases=tuple(found.aliases),
            artifact=self._local(version),
        )

    def _local(self, version: str) -> Path:
        """The artifact's directory; downloaded when the store is not on this machine."""
        uri = self._client.get_model_version_download_uri(self.settings.model, version)
        if uri.startswith("file:") or uri.startswith("/"):
            return Path(url2pathname(urlsplit(uri).path)) / "artifacts" / "model"
        from mlflow.artifacts import download_artifacts

        folder = download_artifacts(
            f"{uri}/artifacts/model", tracking_uri=self.settings.tracking_uri
        )
        return Path(folder)

    def _past_aliases(self, version: str) -> set[str]:
        """Aliases the version was promoted to before."""
        tags = self._client.get_model_version(self.settings.model, version).tags
        return {key.removeprefix(_PROMOTED_TAG) for key in tags if key.startswith(_PROMOTED_TAG)}

    def _record(self, version: str, alias: str, verdict: Verdict, who: str, why: str) -> None:
        figures = {result.gate.name: result.value for result in verdict.results}
        note: dict[str, Any] = {"who": who, "when": _now(), "why": why, "figures": figures}
        self._client.set_model_version_tag(
            self.settings.model, version, _PROMOTED_TAG + alias, json.dumps(note)
        )


def prepare_store(settings: RegistrySettings) -> None:
    """Make the folders of a local store and the experiment, whose files lie where settings say."""
    if settings.tracking_uri.startswith("sqlite:///"):
        database = Path(settings.tracking_uri.removeprefix("sqlite:///"))
        database.parent.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=settings.tracking_uri)
    if client.get_experiment_by_name(settings.experiment) is None:
        client.create_experiment(settings.experiment, settings.artifact_location())


def _content(artifact: Path) -> str:
    """Hash of what the artifact is: its files, figures and gates, not the time of its making."""
    description = read_description(artifact)
    content = description.model_dump(mode="json", exclude={"created_at"})
    content["files"].pop("card.md", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
