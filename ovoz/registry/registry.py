"""Registration, aliases, promotion and roll-back of models in MLflow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mlflow.entities.model_registry import ModelVersion

from ovoz.engine.artifact.description import ModelDescription
from ovoz.engine.artifact.storage import DESCRIPTION_FILE, read_description
from ovoz.evaluation.judgement import Verdict
from ovoz.files import file_sha256
from ovoz.registry.artifact_logging import log_version
from ovoz.registry.canary_end import plan_canary_end
from ovoz.registry.moves import AliasMoves
from ovoz.registry.pointer import write_pointers
from ovoz.registry.policy import Policy, load_policy
from ovoz.registry.promotion import (
    check_evidence,
    check_move,
    check_unmoved,
    plan_promotion,
)
from ovoz.registry.roll_back import plan_roll_back
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import ModelStore, prepare_store
from ovoz.registry.version import (
    Move,
    RegisteredModel,
    Revisions,
    UnknownVersionError,
    VersionRow,
)
from ovoz.registry.version_tags import (
    CONTENT_TAG,
    DESCRIPTION_TAG,
    SUMMARY_TAG,
    content_digest,
    read_row,
    summarize,
)

_UNKNOWN: Final = Revisions()


class Registry:
    """The versions of one registered model.

    Args:
        settings: Where the registry is.
        policy: Which alias may follow which; by default the policy in ``mlflow/policy.yaml``.
    """

    def __init__(self, settings: RegistrySettings, policy: Policy | None = None) -> None:
        self.settings = settings
        self.policy = policy or load_policy()
        self._store = ModelStore(settings)
        self._moves = AliasMoves(settings, self._store, self._write_pointers)

    def register(self, artifact: Path, tags: dict[str, str]) -> RegisteredModel:
        """Register a model artifact as the new candidate.

        The alias moves last, so an interrupted registration leaves no alias on half a version.
        An artifact that writes the same texts as a registered one keeps that version, with the
        figures of its first registration: they are those in its files.

        Args:
            artifact: The artifact's folder; it is copied.
            tags: Written on the version, such as the versions of code and data.

        Raises:
            ArtifactError: The folder is not a complete artifact.
        """
        description = read_description(artifact)
        prepare_store(self.settings)
        with self._moves.alone():
            return self._register(artifact, description, tags)

    def _register(
        self, artifact: Path, description: ModelDescription, tags: dict[str, str]
    ) -> RegisteredModel:
        content = content_digest(description)
        version = self._version_with(content)
        if version is None:
            version = log_version(self.settings, artifact)
            written = {
                **tags,
                SUMMARY_TAG: summarize(description).model_dump_json(),
                DESCRIPTION_TAG: file_sha256(artifact / DESCRIPTION_FILE),
                CONTENT_TAG: content,
            }
            for key, value in written.items():
                self._store.write_tag(version, key, value)
        self._store.point(self.policy.candidate, version)
        self._write_pointers()
        return self.version(version)

    def version(self, number: str) -> RegisteredModel:
        """One version, with its artifact on this machine.

        Raises:
            UnknownVersionError: No version has that number.
            ChangedModelError: Its description was edited after the registration.
        """
        found = self._store.version(number)
        model = self._model(found, tuple(sorted(found.aliases)), self._store.artifact(number))
        model.check_description()
        return model

    def resolve(self, alias: str) -> RegisteredModel:
        """The version that holds ``alias``.

        Raises:
            UnknownVersionError: No version holds it.
        """
        version = self._store.aliases().get(alias)
        if version is None:
            raise UnknownVersionError(
                f"no version of {self.settings.model} is {alias!r}: run the pipeline (`make run`)"
            )
        return self.version(version)

    def versions(self) -> list[VersionRow]:
        """All versions, the newest first; no files are fetched."""
        held = self._store.aliases()
        return [read_row(version, held) for version in self._store.versions()]

    def tags(self, version: str) -> dict[str, str]:
        """What is written on a version.

        Raises:
            UnknownVersionError: No version has that number.
        """
        return dict(self._store.version(version).tags)

    def holders(self) -> dict[str, RegisteredModel]:
        """The version that holds each alias; no files are fetched, so some may lie elsewhere."""
        held = self._store.aliases()
        models = {}
        for version in set(held.values()):
            aliases = tuple(sorted(name for name, holder in held.items() if holder == version))
            folder = self._store.artifact_folder(version)
            models[version] = self._model(self._store.version(version), aliases, folder)
        return {alias: models[version] for alias, version in held.items()}

    def aliases(self) -> dict[str, str]:
        """The version that holds each alias."""
        return self._store.aliases()

    def moves(self) -> list[Move]:
        """Every promotion and roll-back, the oldest first."""
        return self._moves.list_moves()

    def unfinished_move(self) -> Move | None:
        """A promotion or roll-back that was cut off; the next one completes it."""
        return self._moves.unfinished()

    def promote(
        self,
        version: str,
        alias: str,
        verdict: Verdict,
        *,
        who: str,
        why: str,
        since: Mapping[str, str] | None = None,
        revisions: Revisions = _UNKNOWN,
        despite_withdrawal: bool = False,
    ) -> RegisteredModel:
        """Move ``alias`` to ``version`` and record who did it, when, why and on what figures.

        Nothing changes where the version holds the alias already. When production moves, its
        former holder becomes ``previous``. A move that was cut off before is completed first.

        Args:
            version: Number of the version.
            alias: The alias; the policy lists those from which the version may come.
            verdict: The gates, judged on current data.
            who: Who promotes.
            why: The reason, for later readers.
            since: What :meth:`aliases` was when the gates were judged; None checks nothing.
            revisions: Code and data that the gates were judged with.
            despite_withdrawal: Accept a version that was rolled back before.

        Raises:
            PromotionRefusedError: A gate failed or none was judged, the alias is unknown, the
                policy forbids the move, or the version was withdrawn; no alias has moved then.
            ConcurrentMoveError: Somebody else moved an alias meanwhile; likewise.
            UnknownVersionError: There is no such version.
            ArtifactError: The files of the version are missing or damaged.
        """
        check_evidence(version, alias, verdict, why, self.policy)
        with self._moves.alone():
            self._moves.finish_cut_off()
            after, held = self._moves.position(), self._store.aliases()
            row = self._row(version)
            if alias in row.aliases:
                return self.version(version)
            check_move(row, alias, self.policy, despite_withdrawal=despite_withdrawal)
            check_unmoved(alias, self.policy, held, since)
            read_description(self.version(version).artifact)
            former = self._row(held[alias]) if alias in held else None
            plan = plan_promotion(
                row, alias, verdict, former, self.policy, who=who, why=why, revisions=revisions
            )
            self._moves.make(plan.model_copy(update={"after": after}))
            return self.version(version)

    def roll_back(self, *, who: str, why: str) -> RegisteredModel:
        """Give production back to its last good holder.

        The version that loses production is marked as withdrawn, so that neither the next run of
        the pipeline nor another roll-back brings it back. ``previous`` moves on to the good
        version before that, if there was one. Also works when production's version was deleted.
        A roll-back that was cut off is completed, and is the one that was asked for.

        Raises:
            PromotionRefusedError: ``why`` is blank.
            ConcurrentMoveError: Somebody else moved an alias meanwhile; no alias has moved then.
            UnknownVersionError: There is no former holder.
            ArtifactError: Its files are missing or damaged; no alias has moved then.
            ChangedModelError: Its description was edited; no alias has moved then.
        """
        with self._moves.alone():
            completed = self._moves.finish_cut_off()
            if completed is not None and completed.kind == "roll-back":
                return self.version(completed.version)
            after, held = self._moves.position(), self._store.aliases()
            plan = plan_roll_back(self.versions(), held, self.policy, who=who, why=why)
            read_description(self.version(plan.move.version).artifact)
            self._moves.make(plan.model_copy(update={"after": after}))
            return self.version(plan.move.version)

    def end_canary(
        self, *, who: str, why: str, version: str | None = None, withdrawn: bool = False
    ) -> str:
        """Take the alias of canaries from the version that holds it; returns its number.

        Args:
            who: Who ends the trial.
            why: The reason, for later readers.
            version: The version that is meant; None for any.
            withdrawn: Whether it is not to be promoted any more, but by ``ovoz promote``.

        Raises:
            PromotionRefusedError: ``why`` is blank.
            ConcurrentMoveError: Somebody else moved an alias meanwhile; no alias has moved then.
            UnknownVersionError: No version holds the alias, or another one.
        """
        with self._moves.alone():
            self._moves.finish_cut_off()
            after, held = self._moves.position(), self._store.aliases()
            plan = plan_canary_end(
                held, self.policy, who=who, why=why, version=version, withdrawn=withdrawn
            )
            self._moves.make(plan.model_copy(update={"after": after}))
            return plan.move.version

    def _model(
        self, found: ModelVersion, aliases: tuple[str, ...], artifact: Path
    ) -> RegisteredModel:
        return RegisteredModel(
            name=self.settings.model,
            version=str(found.version),
            aliases=aliases,
            artifact=artifact,
            description_sha256=found.tags.get(DESCRIPTION_TAG),
        )

    def _version_with(self, content: str) -> str | None:
        for version in self._store.versions():
            if version.tags.get(CONTENT_TAG) == content:
                return str(version.version)
        return None

    def _row(self, version: str) -> VersionRow:
        return read_row(self._store.version(version), self._store.aliases())

    def _write_pointers(self) -> None:
        write_pointers(self.settings, self.holders)
