"""A training that an alarm started is watched: its end is written down, and it runs alone."""

import datetime as dt
import os
import signal
import sys
from pathlib import Path

import pytest

from ovoz.monitoring.actions.acting import act
from ovoz.monitoring.actions.sending import ActionError
from ovoz.monitoring.actions.supervision import SupervisedTraining, is_training, start_watched
from ovoz.monitoring.actions.trail import Event, Kind, Trail

from ...service.processes import wait_until
from .test_actions import around, look, policy

DAY = dt.date(2026, 3, 12)
ENDLESS = "import time; print('begun', flush=True); time.sleep(120)"


def training(folder: Path, code: str, deadline_s: float = 60) -> SupervisedTraining:
    return SupervisedTraining(
        trail=folder / "trail.jsonl", day=DAY, model_version="demo-1", action="train p.yaml",
        command=(sys.executable, "-c", code), log=folder / "out.log", deadline_s=deadline_s,
    )  # fmt: skip


def ended(folder: Path, told: SupervisedTraining) -> Event:
    """The event of the end of a training that is started here."""
    start_watched(told, folder / "run.json")
    wait_until(lambda: Trail(told.trail).last_training)
    wait_until(lambda: not is_training(folder))
    (event,) = Trail(told.trail).events
    return event


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("print('well')", Kind.TRAINING_SUCCEEDED, "output in "),
        ("print('gates'); raise SystemExit(1)", Kind.TRAINING_FAILED, "with exit code 1: gates;"),
        ("import os; os.kill(os.getpid(), 9)", Kind.TRAINING_KILLED, "by SIGKILL"),
    ],
)
def test_every_end_is_written_down(tmp_path: Path, code: str, kind: Kind, told: str) -> None:
    event = ended(tmp_path, training(tmp_path, code))
    assert (event.kind, event.day, event.action) == (kind, DAY, "train p.yaml")
    assert told in event.told


def test_a_training_without_end_is_ended(tmp_path: Path) -> None:
    event = ended(tmp_path, training(tmp_path, ENDLESS, deadline_s=0.5))
    assert event.kind is Kind.TRAINING_KILLED
    assert event.told == "not done within 0.5 s"


def test_a_command_that_is_none_is_a_failure(tmp_path: Path) -> None:
    none = training(tmp_path, "").model_copy(update={"command": (str(tmp_path / "none"),)})
    event = ended(tmp_path, none)
    assert event.kind is Kind.TRAINING_FAILED
    assert event.told.startswith("not started: ")


def test_a_second_one_is_not_started_and_a_signal_ends_the_first(tmp_path: Path) -> None:
    told = training(tmp_path, ENDLESS)
    watcher = start_watched(told, tmp_path / "run.json")
    wait_until(lambda: told.log.is_file() and "begun" in told.log.read_text("utf-8"))
    with pytest.raises(ActionError, match="still runs"):
        start_watched(told, tmp_path / "other.json")
    os.kill(watcher, signal.SIGTERM)
    wait_until(lambda: Trail(told.trail).last_training)
    assert Trail(told.trail).events[0].told.startswith("by SIGTERM")


def test_a_training_outlives_a_killed_watcher_alone_and_its_end_is_found(tmp_path: Path) -> None:
    train = {"do": "train", "profile": "p.yaml", "folder": tmp_path, "cool_down_days": 1}
    by = policy(tmp_path, train)
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(120)"
    told = training(tmp_path, code)
    started = {"at": dt.datetime.now(dt.UTC), "day": DAY, "model_version": "demo-1"}
    Trail(by.trail).append(Event(**started, kind=Kind.RAISED))
    Trail(by.trail).append(Event(**started, kind=Kind.DONE, action="train p.yaml"))
    watcher = start_watched(told, tmp_path / "run.json")
    wait_until(lambda: told.log.is_file() and told.log.read_text("utf-8").endswith("\n"))
    os.kill(watcher, signal.SIGKILL)
    os.waitpid(watcher, 0)
    assert is_training(tmp_path), "the training holds the lock after its watcher"

    alarmed = look(12, {10, 11, 12})
    (held,) = act(alarmed, by, around()).decision.held
    assert held.why == f"the training of {DAY} still runs"
    os.kill(int(told.log.read_text("utf-8")), signal.SIGKILL)
    wait_until(lambda: not is_training(tmp_path))
    outcome = act(alarmed, by, around())
    assert outcome.training is not None
    assert (outcome.training.kind, outcome.training.day) == (Kind.TRAINING_KILLED, DAY)
    # It is tried again, as the cool-down of a day is over; there is no such profile here.
    assert "No such file" in outcome.taken[0].told
