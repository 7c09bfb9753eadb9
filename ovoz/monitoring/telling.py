"""A look and what followed from it, in a few lines of plain words."""

from ovoz.monitoring.actions.acting import DriftOutcome
from ovoz.monitoring.report import DriftReport


def tell_report(report: DriftReport) -> str:
    """One line: how much was heard, and what changed."""
    told = f"{report.segments:,} segments of {report.model_version} in {len(report.days)} days: "
    if not report.has_alarm:
        return f"{told}nothing has changed"
    changed = [f"{one.meaning} by {one.distance:.0%} since {one.since}" for one in report.drifted]
    if report.outside and not changed:
        changed.append(f"all features together since {report.outside.day}")
    if report.heavy_caller:
        changed.append(f"one caller dominates since {report.heavy_caller.day}")
    return f"{told}changed: " + ", ".join(changed)


def tell_outcome(outcome: DriftOutcome) -> list[str]:
    """What was decided, then a line for each action: what came of it, or why it was not taken."""
    decision = outcome.decision
    lines = [f"Actions: {decision.told}."]
    lines.extend(
        f"  {one.action}: {'failed: ' if one.failed else ''}{one.told}" for one in outcome.taken
    )
    if not outcome.taken:
        lines.extend(f"  {due.action.key}: would be taken" for due in decision.due)
    lines.extend(f"  {held.action.key}: {held.why}" for held in decision.held)
    if outcome.training is not None:
        ended = outcome.training
        lines.append(f"  the training of {ended.day}: {ended.kind.value}, {ended.told}")
    return lines
