"""Carries out what a policy says after a look, and writes it down."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovoz.corpus.wanted import write_wanted
from ovoz.monitoring.actions.campaign import plan_campaigns
from ovoz.monitoring.actions.decision import DriftDecision, DueAction, decide
from ovoz.monitoring.actions.policy import (
    ActionPolicy,
    CollectAction,
    GitHubAction,
    TrainAction,
    WarnAction,
    WebhookAction,
)
from ovoz.monitoring.actions.retraining import Check, TrainingOrder, start_training
from ovoz.monitoring.actions.sending import ActionError, call_webhook, open_issue
from ovoz.monitoring.actions.supervision import is_training
from ovoz.monitoring.actions.trail import Event, Kind, Trail, open_trail
from ovoz.monitoring.report import DriftReport


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What actions need from around them.

    Attributes:
        environment: Tokens and addresses.
        warn: Takes the line of a warning.
        check: Reads a changed profile before its training is started.
    """

    environment: Mapping[str, str]
    warn: Callable[[str], None]
    check: Check


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one action."""

    action: str
    told: str
    failed: bool


@dataclass(frozen=True, slots=True)
class DriftOutcome:
    """A decision, and what came of its actions; nothing where it was a dry run.

    ``training`` is the end of the training that ended last, whenever that was.
    """

    decision: DriftDecision
    taken: tuple[Taken, ...]
    training: Event | None

    @property
    def has_failed(self) -> bool:
        """Whether an action could not be taken; the next look tries it again."""
        return any(one.failed for one in self.taken)


def act(
    report: DriftReport, policy: ActionPolicy, around: Surroundings, *, dry_run: bool = False
) -> DriftOutcome:
    """Do what is due. An action that fails does not keep the others from being taken.

    A dry run decides the same and does nothing: nothing is written, sent or started.

    Raises:
        TrailError: The audit trail is damaged, or another look acts just now.
        OSError: It cannot be read or written.
    """
    if dry_run:
        trail = Trail(policy.trail)
        return DriftOutcome(decide(report, policy, trail), (), trail.last_training)
    with open_trail(policy.trail) as trail:
        _note_lost_training(policy, trail)
        decision = decide(report, policy, trail)
        note = _Notes(report, trail)
        if decision.change is not None:
            note(decision.change, told=decision.told)
        taken = tuple(_take(due, report, around, note, policy.trail) for due in decision.due)
        return DriftOutcome(decision, taken, trail.last_training)


def _note_lost_training(policy: ActionPolicy, trail: Trail) -> None:
    """Write down the end of a training whose watcher was killed before it could."""
    started = trail.running_training
    folders = {action.folder for action in policy.actions if isinstance(action, TrainAction)}
    if started is None or any(is_training(folder) for folder in folders):
        return
    told = "neither it nor its watcher runs any more, and nobody wrote down how it ended"
    lost = {"at": _now(), "kind": Kind.TRAINING_KILLED, "told": told}
    trail.append(started.model_copy(update=lost))


class _Notes:
    def __init__(self, report: DriftReport, trail: Trail) -> None:
        self._report = report
        self._trail = trail

    def __call__(self, kind: Kind, action: str = "", told: str = "") -> None:
        self._trail.append(
            Event(
                at=_now(),
                day=self._report.days[-1],
                model_version=self._report.model_version,
                kind=kind,
                action=action,
                told=told,
            )
        )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _take(
    due: DueAction, report: DriftReport, around: Surroundings, note: _Notes, trail: Path
) -> Taken:
    key = due.action.key
    note(Kind.BEGUN, key, "; ".join(one.told for one in due.findings))
    try:
        told = _carry_out(due, report, around, trail)
    except (ActionError, OSError, ValueError) as error:
        note(Kind.FAILED, key, str(error))
        return Taken(key, str(error), failed=True)
    note(Kind.DONE, key, told)
    return Taken(key, told, failed=False)


def _carry_out(due: DueAction, report: DriftReport, around: Surroundings, trail: Path) -> str:
    action, findings = due.action, due.findings
    match action:
        case WarnAction():
            around.warn("\n".join(_lines(due, report)))
            return "warned"
        case GitHubAction():
            return open_issue(action, _title(due, report), _text(due, report), around.environment)
        case WebhookAction():
            return call_webhook(action, _content(due, report), around.environment)
        case CollectAction():
            campaigns = plan_campaigns(findings, action.clips)
            write_wanted(campaigns, action.file)
            return f"{len(campaigns)} campaigns in {action.file}"
        case TrainAction():
            order = TrainingOrder(trail, report.days[-1], report.model_version)
            return start_training(action, findings, order, around.check)


def _title(due: DueAction, report: DriftReport) -> str:
    """The same for the same change of the same model: an open issue is found by it."""
    causes = ", ".join(one.cause.value for one in due.findings)
    return f"Callers of {report.model_version} changed: {causes}"


def _lines(due: DueAction, report: DriftReport) -> list[str]:
    return [_title(due, report), *(f"- {one.told}" for one in due.findings), _rate(report)]


def _text(due: DueAction, report: DriftReport) -> str:
    return "\n".join([f"Traffic up to {report.days[-1]} (UTC).", "", *_lines(due, report)[1:]])


def _rate(report: DriftReport) -> str:
    rates = report.error_rates
    told = f"Word error rate: {rates.test_set:.1%} on the test set"
    if rates.week is None:
        return told
    week = rates.week
    return f"{told}, estimated {week.rate:.1%} ({week.low:.1%} to {week.high:.1%}) in the last week"


def _content(due: DueAction, report: DriftReport) -> dict[str, Any]:
    return {
        "text": "\n".join(_lines(due, report)),  # what Slack, Mattermost and others show
        "model_version": report.model_version,
        "day": report.days[-1].isoformat(),
        "findings": [
            {
                "cause": one.cause.value,
                "columns": list(one.columns),
                "slices": list(one.slices),
                "since": one.since.isoformat(),
                "distance": one.distance,
            }
            for one in due.findings
        ],
    }
