"""A training with what changed weighted up: its profile, and the process that runs it."""

import copy
import datetime as dt
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ovoz.files import write_text
from ovoz.monitoring.actions.finding import DriftFinding
from ovoz.monitoring.actions.policy import TrainAction
from ovoz.monitoring.actions.supervision import SupervisedTraining, start_watched
from ovoz.monitoring.causes import Cause
from ovoz.strict_yaml import read_yaml
from ovoz.text.language import Language

_SHARES: Final = {
    "bandwidth_hz": ("telephone_share",),
    "snr_db": ("noise_share", "room_share"),
    "clipped_ratio": ("gain_share",),
    "rms_dbfs": ("gain_share",),
}
"""Shares of augmentation that imitate what changed in a column."""

Check = Callable[[Path, dict[str, str]], object]
"""Reads a profile with the values of its placeholders, and raises where it cannot be used."""


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What the audit trail says of a training: where it is, the day of the look, whose callers."""

    trail: Path
    day: dt.date
    model_version: str

    @property
    def name(self) -> str:
        """Of the files of this training, without a suffix."""
        return f"{self.day}-{re.sub('[^A-Za-z0-9.-]', '-', self.model_version)}"


def start_training(
    action: TrainAction, findings: tuple[DriftFinding, ...], order: TrainingOrder, check: Check
) -> str:
    """Write the changed profile and start its run, watched to its end; returns what started.

    Args:
        action: What is trained.
        findings: What changed.
        order: What the trail says of it.
        check: Reads the changed profile before anything is started.

    Raises:
        ActionError: Another training runs.
        OSError: Something cannot be read, written or started.
        ValueError: The profile is none.
    """
    tree = weigh_up(read_yaml(action.profile), findings, action)
    folder = action.folder.resolve()
    profile, log = folder / f"{order.name}.yaml", folder / f"{order.name}.log"
    write_text(profile, yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    check(profile, action.set)
    given = [f"--set={key}={value}" for key, value in action.set.items()]
    command = (
        sys.executable, "-m", "pipelines", action.pipeline,
        "--profile", str(profile), "--workspace", str(action.workspace.resolve()),
        "--wait-s", f"{action.wait_s:g}", *given,
    )  # fmt: skip
    training = SupervisedTraining(
        trail=order.trail.resolve(),
        day=order.day,
        model_version=order.model_version,
        action=action.key,
        command=command,
        log=log,
        deadline_s=action.deadline_s,
    )
    watcher = start_watched(training, folder / f"{order.name}.json")
    return f"process {watcher} by {profile}, output in {log}"


def weigh_up(
    profile: dict[str, Any], findings: tuple[DriftFinding, ...], action: TrainAction
) -> dict[str, Any]:
    """A profile in which every stage draws what changed more often.

    Languages and mixed speech by ``language_weights``, dialects and new sources by ``mixture``,
    sound by the shares of ``augment`` where a stage has that. A share that excludes rows (weight 0)
    stays before the new ones, since the first one that matches counts.

    Args:
        profile: As YAML has it; it is left as it is.
        findings: What changed.
        action: Its weight, and sources of new recordings.
    """
    changed = copy.deepcopy(profile)
    for stage in (changed.get("training") or {}).get("stages") or ():
        _weigh_languages(stage, _languages(findings), action.weight)
        _weigh_mixture(stage, _selections(findings, action.sources), action.weight)
        _weigh_sound(stage, findings, action.weight)
    return changed


def _languages(findings: tuple[DriftFinding, ...]) -> set[str]:
    known = {one.value for one in Language}
    wanted: set[str] = set()
    for one in findings:
        if one.changes_mixing:
            wanted.add(Language.MIXED.value)
        if one.changes_languages:
            wanted.update(one.languages[:1])
    return wanted & known


def _selections(
    findings: tuple[DriftFinding, ...], sources: tuple[str, ...]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if sources:
        found.append({"sources": list(sources)})
    dialects = dict.fromkeys(dialect.value for one in findings for dialect in one.dialects)
    if dialects:
        found.append({"dialects": list(dialects)})
    return found


def _weigh_languages(stage: dict[str, Any], languages: set[str], weight: float) -> None:
    if not languages:
        return
    given = stage.get("language_weights")
    weights = dict.fromkeys((one.value for one in Language), 1.0) if given is None else dict(given)
    stage["language_weights"] = {
        name: value * weight if name in languages else value for name, value in weights.items()
    }


def _weigh_mixture(stage: dict[str, Any], selections: list[dict[str, Any]], weight: float) -> None:
    if not selections:
        return
    old = stage.get("mixture") or []
    excluded = [share for share in old if share.get("weight") == 0]
    others = [share for share in old if share.get("weight") != 0]
    new = [{"of": selection, "weight": weight} for selection in selections]
    stage["mixture"] = [*excluded, *new, *others]


def _weigh_sound(stage: dict[str, Any], findings: tuple[DriftFinding, ...], weight: float) -> None:
    from ovoz.audio.augment import AugmentConfig

    if stage.get("augment") is None:
        return
    usual = AugmentConfig()
    columns = {name for one in findings if one.cause is Cause.SOUND for name in one.columns}
    for share in {share for name in columns for share in _SHARES.get(name, ())}:
        now = stage["augment"].get(share, getattr(usual, share))
        stage["augment"][share] = min(1.0, now * weight)
