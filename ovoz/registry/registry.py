"""Registration, aliases, promotion and roll-back of models in MLflow."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mlflow.entities.model_registry import ModelVersion

from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import CARD_FILE, read_description
from ovoz.evaluation.gates import Verdict
from ovoz.registry.policy import Policy, load_policy
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import Store, prepare_store
from ovoz.registry.version import (
    ModelCard,
    Promotion,
    PromotionRefusedError,
    RegisteredModel,
    UnknownVersionError,
    VersionRow,
    Withdrawal,
)

_CONTENT_TAG: Final = "ovoz.content"
_CARD_TAG: Final = "ovoz.model"
_PROMOTED_TAG: Final = "ovoz.promoted."
_WITHDRAWN_TAG: Final = "ovoz.withdrawn"


class Registry:
    """The versions of one registered model.

    Args:
        settings: Where it is.
        policy: Which alias may follow which; by default that of ``mlflow/policy.yaml``.
    """

    def __init__(self, settings: RegistrySettings, policy: Policy | None = None) -> None:
        self.settings = settings
        self.policy = policy or load_policy()
        self._store = Store(settings)

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
        description = read_description(artifact)
        prepare_store(self.settings)
        content = _content(description)
        version = self._with_content(content) or self._log(artifact)
        for key, value in {**tags, _CARD_TAG: _card(description).model_dump_json()}.items():
            self._store.write_tag(version, key, value)
        # Only a version with this tag counts as registered.
        self._store.write_tag(version, _CONTENT_TAG, content)
        self._store.point(self.policy.candidate, version)
        return self.version(version)

    def version(self, number: str) -> RegisteredModel:
        """One version, with its artifact on this machine.

        Raises:
            UnknownVersionError: There is none of that number.
        """
        found = self._store.version(number)
        return RegisteredModel(
            name=self.settings.model,
            version=str(found.version),
            aliases=tuple(sorted(found.aliases)),
            artifact=self._store.artifact(number),
        )

    def resolve(self, alias: str) -> RegisteredModel:
        """The version that holds ``alias``.

        Raises:
            UnknownVersionError: No version does.
        """
        version = self._store.aliases().get(alias)
        if version is None:
            raise UnknownVersionError(
                f"no version of {self.settings.model} is {alias!r}: run the pipeline (`make run`)"
            )
        return self.version(version)

    def versions(self) -> list[VersionRow]:
        """All versions, the newest first; no files are fetched for it."""
        held = self._store.aliases()
        return [_row(one, held) for one in self._store.versions()]

    def promote(
        self,
        version: str,
        alias: str,
        verdict: Verdict,
        *,
        who: str,
        why: str,
        despite_withdrawal: bool = False,
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
            despite_withdrawal: Take back a version that was rolled back before.

        Raises:
            PromotionRefusedError: A gate failed or none was judged, the alias is unknown, the
                policy forbids the move, or the version was withdrawn; no alias has moved then.
            UnknownVersionError: There is no such version.
            ArtifactError: The files of the version are missing or damaged.
        """
        rule = self.policy.aliases.get(alias)
        if rule is None:
            known = ", ".join(self.policy.aliases)
            raise PromotionRefusedError(f"no alias {alias!r}; there are {known}")
        _refuse_without_evidence(version, alias, verdict, why)
        found = self._store.version(version)
        if alias in found.aliases:
            return self.version(version)
        row = _row(found, self._store.aliases())
        self._refuse_against_policy(row, alias, rule.comes_from)
        if row.withdrawn and not despite_withdrawal:
            raise PromotionRefusedError(
                f"version {version} was withdrawn from production by {row.withdrawn.who}"
                f" ({row.withdrawn.why}): `ovoz promote {version} {alias}` takes it back"
            )
        model = self.version(version)
        read_description(model.artifact)
        self._move(row, alias, verdict, who, why)
        return self.version(version)

    def roll_back(self, *, who: str, why: str) -> RegisteredModel:
        """Give production back to its former holder; the two swap places.

        The version that leaves is marked as withdrawn, so that the next run of the pipeline does
        not promote it again.

        Raises:
            UnknownVersionError: There is no former holder.
            ArtifactError: Its files are missing or damaged; no alias has moved then.
        """
        held = self._store.aliases()
        current = held.get(self.policy.production)
        former = held.get(self.policy.previous)
        if current is None or former is None or current == former:
            raise UnknownVersionError(
                "nothing to roll back to: production has had one version only"
            )
        read_description(self._store.artifact(former))
        note = Withdrawal(who=who, when=_now(), why=why)
        self._store.write_tag(current, _WITHDRAWN_TAG, note.model_dump_json())
        # Production first: cut off here, what is served is right already.
        self._store.point(self.policy.production, former)
        self._store.point(self.policy.previous, current)
        self._store.remove_tag(former, _WITHDRAWN_TAG)
        return self.version(former)

    def _log(self, artifact: Path) -> str:
        from ovoz.registry.logging import log_version

        return log_version(self.settings, artifact)

    def _with_content(self, content: str) -> str | None:
        for version in self._store.versions():
            if version.tags.get(_CONTENT_TAG) == content:
                return str(version.version)
        return None

    def _refuse_against_policy(
        self, row: VersionRow, alias: str, comes_from: tuple[str, ...]
    ) -> None:
        """An alias that a version held before counts: a newer one may have taken it since."""
        if row.card is None:
            raise PromotionRefusedError(
                f"the registration of version {row.version} was cut off: register it again"
            )
        came = {self.policy.candidate, *row.aliases, *row.promotions}
        if not came & set(comes_from):
            raise PromotionRefusedError(
                f"version {row.version} is {', '.join(row.aliases) or 'without alias'};"
                f" only {' or '.join(comes_from)} becomes {alias}"
            )

    def _move(self, row: VersionRow, alias: str, verdict: Verdict, who: str, why: str) -> None:
        former = self._store.aliases().get(alias)
        replaced = _row(self._store.version(former), {}).promotions.get(alias) if former else None
        note = Promotion(
            who=who,
            when=_now(),
            why=why,
            figures={result.gate.name: result.value for result in verdict.results},
            limits={result.gate.name: result.gate.limit for result in verdict.results},
            waivers={one.waiver.gate: one.waiver.told for one in verdict.results if one.waiver},
            replaced=former,
            replaced_figures=replaced.figures if replaced else {},
        )
        self._store.write_tag(row.version, _PROMOTED_TAG + alias, note.model_dump_json())
        if alias == self.policy.production and former:
            self._store.point(self.policy.previous, former)
        self._store.point(alias, row.version)
        self._store.remove_tag(row.version, _WITHDRAWN_TAG)


def _refuse_without_evidence(version: str, alias: str, verdict: Verdict, why: str) -> None:
    if not verdict.results:
        raise PromotionRefusedError(f"version {version} is not made {alias}: no gate was judged")
    if not verdict.passed:
        raise PromotionRefusedError(f"version {version} failed its gates and is not made {alias}")
    if not why.strip():
        raise PromotionRefusedError(f"version {version} is not made {alias} without a reason")


def _row(version: ModelVersion, held: dict[str, str]) -> VersionRow:
    tags: dict[str, str] = version.tags
    number = str(version.version)
    card = tags.get(_CARD_TAG) if _CONTENT_TAG in tags else None
    withdrawn = tags.get(_WITHDRAWN_TAG)
    return VersionRow(
        version=number,
        aliases=tuple(sorted(alias for alias, holder in held.items() if holder == number)),
        card=ModelCard.model_validate_json(card) if card else None,
        promotions={
            key.removeprefix(_PROMOTED_TAG): Promotion.model_validate_json(value)
            for key, value in tags.items()
            if key.startswith(_PROMOTED_TAG)
        },
        withdrawn=Withdrawal.model_validate_json(withdrawn) if withdrawn else None,
    )


def _card(description: ModelDescription) -> ModelCard:
    return ModelCard(
        model_version=description.model_version,
        training_data=description.training_data,
        metrics=description.metrics,
    )


def _content(description: ModelDescription) -> str:
    """Hash of what the artifact is: its files, figures and gates, not the time of its making."""
    content = description.model_dump(mode="json", exclude={"created_at"})
    content["files"].pop(CARD_FILE, None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
