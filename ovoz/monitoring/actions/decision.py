"""Which actions are due after a look: hysteresis, delays and cool-downs."""

import datetime as dt
from dataclasses import dataclass

from ovoz.monitoring.actions.finding import DriftFinding, list_findings
from ovoz.monitoring.actions.policy import Action, ActionPolicy, TrainAction
from ovoz.monitoring.actions.trail import Kind, Trail
from ovoz.monitoring.report import DriftReport


@dataclass(frozen=True, slots=True)
class DueAction:
    """An action and what it is about."""

    action: Action
    findings: tuple[DriftFinding, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """An action that is not taken now, and why."""

    action: Action
    why: str


@dataclass(frozen=True, slots=True)
class DriftDecision:
    """What follows from a look; ``change`` is whether the alarm was raised or is over by it."""

    change: Kind | None
    told: str
    due: tuple[DueAction, ...]
    held: tuple[Held, ...]


def decide(report: DriftReport, policy: ActionPolicy, trail: Trail) -> DriftDecision:
    """What is to be done after a look. The same look decides the same again."""
    last = report.days[-1]
    raised_on = trail.raised_on
    change = _change(report, policy, is_raised=raised_on is not None)
    if change is Kind.RAISED:
        raised_on = last
    if change is Kind.CLEARED or raised_on is None:
        told = "the alarm is over" if change is Kind.CLEARED else "no alarm stands"
        return DriftDecision(change, told, (), ())
    findings = list_findings(report, last - dt.timedelta(policy.clear_after_days - 1))
    due: list[DueAction] = []
    held: list[Held] = []
    for action in policy.actions:
        concerned = tuple(one for one in findings if _concerns(action, one))
        why = _why_not(action, concerned, raised_on, last, trail)
        if why:
            held.append(Held(action, why))
        else:
            due.append(DueAction(action, concerned))
    told = f"an alarm stands since {raised_on}: " + "; ".join(one.told for one in findings)
    return DriftDecision(change, told, tuple(due), tuple(held))


def _change(report: DriftReport, policy: ActionPolicy, *, is_raised: bool) -> Kind | None:
    """A trigger with two thresholds, after Schmitt: what raises an alarm is not what ends it.

    Days without traffic say neither.
    """
    if is_raised:
        recent = report.heard_days[-policy.clear_after_days :]
        calm = len(recent) == policy.clear_after_days and report.alarm_days.isdisjoint(recent)
        return Kind.CLEARED if calm else None
    recent = report.heard_days[-policy.raise_after_days :]
    enough = len(recent) == policy.raise_after_days and report.alarm_days.issuperset(recent)
    return Kind.RAISED if enough else None


def _concerns(action: Action, finding: DriftFinding) -> bool:
    return finding.cause in action.causes and finding.distance >= action.minimum_distance


def _why_not(
    action: Action,
    findings: tuple[DriftFinding, ...],
    raised_on: dt.date,
    last: dt.date,
    trail: Trail,
) -> str:
    """Why an action is not due; empty where it is."""
    running = trail.running_training if isinstance(action, TrainAction) else None
    if running is not None:
        return f"the training of {running.day} still runs"
    if not findings:
        return "nothing of what changed concerns it"
    if (last - raised_on).days < action.after_days:
        return f"due on {raised_on + dt.timedelta(action.after_days)}, if the alarm stands then"
    taken = trail.last_taken(action.key)
    if taken is not None and (last - taken).days < action.cool_down_days:
        return f"taken on {taken}, cools down until {taken + dt.timedelta(action.cool_down_days)}"
    return ""
