"""The canary of a service: followed, tried beside production, and heard by a share of callers."""

import asyncio
import hashlib
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ovoz.canary.policy import CanaryPolicy, Decision, Mode
from ovoz.canary.wealth import log_evidence
from ovoz.engine.artifact.probes import ProbeClip, read_probes
from ovoz.serving.auth.caller import ANYBODY
from ovoz.serving.canary.arms import CanaryArm, ProductionArm
from ovoz.serving.canary.background import Background
from ovoz.serving.canary.counting import Counting
from ovoz.serving.canary.trials import Contest, Look, Trial, Trials
from ovoz.serving.inference.hot_swap import HotSwap
from ovoz.serving.inference.loading import HolderOf
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.model_source import is_alias
from ovoz.serving.inference.transcriber import Transcriber
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.supervision import Supervised
from ovoz.serving.telemetry import metrics

_FLUSH_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(eq=False)
class _RunningTrial:
    """A trial as this process takes part in it."""

    trial: Trial
    canary: Model
    production: Model
    counting: Counting
    heard: CanaryArm
    counted: ProductionArm
    background: Background

    @property
    def is_over(self) -> bool:
        """Whether nobody is to be answered by the canary any more."""
        return self.trial.verdict.decision is Decision.ROLL_BACK


class Canary:
    """Tries the version that holds the alias of canaries beside the one that is served.

    ``model`` is the canary, None without one; :class:`HotSwap` sets it.

    Args:
        service: Serves production, and asks :meth:`choose` who answers.
        settings: Those of the service.
        policy: How canaries are tried.
        holder_of: Asks the registry.
    """

    def __init__(
        self,
        service: Transcriber,
        settings: ServiceSettings,
        policy: CanaryPolicy,
        holder_of: HolderOf,
    ) -> None:
        self.policy = policy
        self.model: Model | None = None
        self.trouble = ""
        """Why nothing is written down; empty when it is."""
        self._service = service
        self._holder_of = holder_of
        self._name = settings.model.id.removeprefix("models:/").rpartition("@")[0]
        self._trials = Trials.at(settings.jobs.database_url, settings.model.cache)
        self._comparison: _RunningTrial | None = None
        self._stopped = asyncio.Event()
        uri = f"models:/{self._name}@{policy.alias}"
        self.swap = HotSwap(self, settings, self._held, uri, "canary alias", stays=False)

    def _held(self, uri: str) -> str | None:
        """The version that holds the alias, unless it is in production."""
        version = self._holder_of(uri)
        served = self._service.model
        return None if served is not None and version == served.info.registered else version

    def choose(self, caller: str, production: Model) -> Model:
        """The model that answers a caller: the same one for as long as a trial goes on.

        Callers without a name are told apart by nothing: each of their requests is drawn.
        """
        current = self._comparison
        if current is None or current.is_over or current.production is not production:
            return production
        if self.policy.mode is Mode.SPLIT and self._draw(caller, current.trial) < self.policy.share:
            return current.heard
        return current.counted

    @staticmethod
    def _draw(caller: str, trial: Trial) -> float:
        if caller in ANYBODY:
            return random.random()  # noqa: S311  (no secret)
        contest = trial.contest  # not the trial's number, which replicas may have of their own
        told = f"{contest.canary} {contest.production} {caller}"
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) / 2**64

    def add_correction(self, model_version: str, word_errors: float) -> None:
        """Count a corrected transcript, where one of the two that are compared wrote it.

        Args:
            model_version: What the transcript names.
            word_errors: For each word that was said, in [0, 1].
        """
        current = self._comparison
        if current is None:
            return
        canary, production = current.canary.info.version, current.production.info.version
        if canary != production and model_version in {canary, production}:
            current.counting.add_correction(word_errors, of_canary=model_version == canary)

    @property
    def trial(self) -> Trial | None:
        """The trial that runs, as of the last time that it was read."""
        return self._comparison.trial if self._comparison else None

    async def history(self) -> tuple[list[Trial], list[Look]]:
        """The last trials of this model, and how the evidence of the one that runs grew.

        Empty where the database does not answer.
        """
        trial = self.trial
        try:
            trials = await asyncio.to_thread(self._trials.latest, self._name)
            looks = await asyncio.to_thread(self._trials.looks, trial.number) if trial else []
        except SQLAlchemyError as error:
            self._note(f"the database of trials does not answer: {type(error).__name__}")
            return [], []
        return trials, looks

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the alias and keep the evidence inside of the block."""
        keeping = Supervised("canary", self._keep, self._stopped).start()
        try:
            async with self.swap.running():
                yield
        finally:
            self._stopped.set()
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            await self._let_go(ended=False)
            self._trials.close()

    async def _keep(self) -> None:
        while not self._stopped.is_set():
            await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _FLUSH_S)

    async def look(self) -> None:
        """Begin or end a trial where a version has changed, and write down what was counted."""
        canary, production = self.model, self._service.model
        try:
            current = self._comparison
            if current is not None and (
                current.canary is not canary or current.production is not production
            ):
                await self._let_go(ended=True)
            if canary is not None and production is not None and self._comparison is None:
                await self._begin(canary, production)
            if self._comparison is not None:
                await self._write(self._comparison)
        except (SQLAlchemyError, OSError) as error:
            self._note(f"the database of trials does not answer: {type(error).__name__}")
        else:
            self._note("")
        self._show()

    async def _begin(self, canary: Model, production: Model) -> None:
        contest = Contest(self._name, _number(canary), _number(production))
        trial = await asyncio.to_thread(self._trials.open, contest, self.policy)
        policy, counting = self.policy, Counting(self.policy)
        probes = await asyncio.to_thread(_known_probes, production, canary)
        background = Background(
            canary, production, probes, counting, policy, lambda: self._service.queue.is_busy
        )
        offer = background.offer if policy.mode is Mode.SHADOW else None
        self._comparison = _RunningTrial(
            trial, canary, production, counting,
            heard=CanaryArm(canary, production, counting, policy),
            counted=ProductionArm(production, counting, policy, offer),
            background=background,
        )  # fmt: skip
        background.start()
        _LOG.warning(
            "version %s is tried beside version %s (%s, share %g)",
            contest.canary, contest.production, policy.mode, policy.share,
        )  # fmt: skip

    async def _write(self, current: _RunningTrial) -> None:
        counted, before = current.counting.take(), current.trial.verdict
        try:
            current.trial = await asyncio.to_thread(
                self._trials.add, current.trial.number, counted, self.policy
            )
        except SQLAlchemyError:
            current.counting.give_back(counted)
            raise
        verdict = current.trial.verdict
        if verdict != before:
            _LOG.warning(
                "canary, version %s: %s: %s",
                current.trial.contest.canary, verdict.decision, verdict.reason,
            )  # fmt: skip
        if current.is_over:
            current.background.stop()
        if current.trial.ended:  # another process saw the alias leave; it may be back
            await self._let_go(ended=False)

    async def _let_go(self, *, ended: bool) -> None:
        """Take no part in the trial any more; ``ended`` where its versions have changed."""
        current = self._comparison
        if current is None:
            return
        self._comparison = None
        current.background.stop()
        number = current.trial.number
        try:
            await asyncio.to_thread(self._trials.add, number, current.counting.take(), self.policy)
            if ended:
                await asyncio.to_thread(self._trials.end, number)
        except SQLAlchemyError as error:
            _LOG.error("the end of a trial was not written: %s", type(error).__name__)

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            _LOG.error("%s; what is counted waits in memory", trouble)
        self.trouble = trouble

    def _show(self) -> None:
        """The state in the figures."""
        trial = self.trial
        for decision in Decision:
            holds = trial is not None and trial.verdict.decision is decision
            metrics.CANARY_DECISION.labels(decision.value).set(holds)
        for measure, known in trial.evidence.measures.items() if trial else ():
            for arm, total in (("canary", known.canary), ("production", known.production)):
                metrics.CANARY_RATE.labels(measure.value, arm).set(total / max(1, known.pairs))
            for shown, wealth in (("worse", known.worse), ("within", known.within)):
                metrics.CANARY_EVIDENCE.labels(measure.value, shown).set(log_evidence(wealth))


def configured_canary(
    service: Transcriber,
    settings: ServiceSettings,
    policy: CanaryPolicy | None,
    holder_of: HolderOf | None,
) -> Canary | None:
    """What tries canaries; None where the policy has none, or another alias or model is served.

    Raises:
        OSError: The database of trials cannot be created.
    """
    if policy is None or policy.mode is Mode.OFF or holder_of is None or settings.model.url:
        return None
    if not is_alias(settings.model.id) or not settings.model.id.endswith(f"@{policy.against}"):
        return None
    return Canary(service, settings, policy, holder_of)


def _number(model: Model) -> str:
    return model.info.registered or model.info.version


def _known_probes(*models: Model) -> list[ProbeClip]:
    """The clips of the first model that has some of which it is known what is said."""
    for model in models:
        if isinstance(model, LocalModel) and model.folder is not None:
            known = [probe for probe in read_probes(model.folder) if probe.said]
            if known:
                return known
    return []
