"""A training that an alarm started, watched to its end, which goes into the audit trail.

``python -m ovoz.monitoring.actions.supervision RUN LOCK`` is the watcher, a process that outlives
the look. Watcher and training hold one lock on the folder of trainings as long as either of them
lives, however the other ends: so no second training is started beside it. The lock is flock(2) by
hand, since filelock does not hand a lock on to a child.
"""

import datetime as dt
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from pydantic import BaseModel, ConfigDict

from ovoz.files import write_text
from ovoz.monitoring.actions.sending import ActionError
from ovoz.monitoring.actions.trail import Event, Kind, open_trail

_LOCK: Final = ".training.lock"
_GRACE_S: Final = 60.0
"""Between asking a training to end and killing it."""
_TRAIL_PATIENCE_S: Final = 3600.0


class SupervisedTraining(BaseModel):
    """What the watcher runs, and where it tells the end.

    ``day``, ``model_version`` and ``action`` are those of the events in the trail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trail: Path
    day: dt.date
    model_version: str
    action: str
    command: tuple[str, ...]
    log: Path
    deadline_s: float


def is_training(folder: Path) -> bool:
    """Whether a training that was started from ``folder`` still runs, or its watcher does."""
    try:
        lock = _take_lock(folder)
    except BlockingIOError:
        return True
    os.close(lock)
    return False


def start_watched(training: SupervisedTraining, file: Path) -> int:
    """Start the watcher, which starts the training; returns the number of its process.

    Args:
        training: What is run.
        file: Where it is described for the watcher; trainings of one folder exclude each other.

    Raises:
        ActionError: Another training runs.
        OSError: Something cannot be written or started.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = _take_lock(file.parent)
    except BlockingIOError:
        raise ActionError(f"another training of {file.parent} still runs") from None
    try:
        write_text(file, training.model_dump_json())
        with training.log.open("ab") as output:
            # Its own session: it outlives the look, and a signal to the look is none to it.
            watcher = subprocess.Popen(  # noqa: S603  (our own module)
                [sys.executable, "-m", __name__, str(file), str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
            )
        return watcher.pid
    finally:
        os.close(lock)  # the watcher's copy holds it


def watch(training: SupervisedTraining, lock: int) -> Kind:
    """Run a training to its end and write that down; a signal to end is handed on to it.

    Args:
        training: What is run.
        lock: Descriptor of the lock, which the training inherits.

    Raises:
        TrailError: The audit trail is damaged, or held by others for an hour.
        OSError: It cannot be written.
    """
    kind, told = _run(training, lock)
    with open_trail(training.trail, _TRAIL_PATIENCE_S) as trail:
        trail.append(
            Event(
                at=dt.datetime.now(dt.UTC).replace(microsecond=0),
                day=training.day,
                model_version=training.model_version,
                kind=kind,
                action=training.action,
                told=told,
            )
        )
    return kind


def _run(training: SupervisedTraining, lock: int) -> tuple[Kind, str]:
    try:
        with training.log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  (our own pipeline)
                training.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
            )
    except OSError as error:
        return Kind.TRAINING_FAILED, f"not started: {error}"

    def hand_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hand_on)
    try:
        code = process.wait(training.deadline_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Kind.TRAINING_KILLED, f"not done within {training.deadline_s:g} s"
    return _judge(code, training.log)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _judge(code: int, log: Path) -> tuple[Kind, str]:
    if code == 0:
        return Kind.TRAINING_SUCCEEDED, f"output in {log}"
    if code < 0:
        return Kind.TRAINING_KILLED, f"by {signal.Signals(-code).name}, output in {log}"
    lines = log.read_text("utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
    return Kind.TRAINING_FAILED, f"with exit code {code}: {last}; output in {log}"


def _take_lock(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


if __name__ == "__main__":
    file, inherited = sys.argv[1:]
    watch(SupervisedTraining.model_validate_json(Path(file).read_bytes()), int(inherited))
