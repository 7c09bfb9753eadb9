"""One run at a time in a workspace, whatever becomes of the process that holds it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ovoz.workspace import Workspace
from ovoz.workspace_lock import WorkspaceBusyError, locked

HOLD = """
import sys, time
from pathlib import Path
from ovoz.workspace import Workspace
from ovoz.workspace_lock import locked
with locked(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_process_at_work_is_named(tmp_path: Path) -> None:
    with locked(Workspace(tmp_path)):
        with pytest.raises(WorkspaceBusyError) as caught, locked(Workspace(tmp_path)):
            pass
        assert f"{tmp_path} is in use by process {os.getpid()} (" in str(caught.value)
    with locked(Workspace(tmp_path)):
        pass


def test_another_process_is_waited_for(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD.replace("600", "2"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(WorkspaceBusyError, match=f"process {process.pid} "),
            locked(Workspace(tmp_path), wait_s=0.1),
        ):
            pass
        with locked(Workspace(tmp_path), wait_s=60):
            assert process.wait(60) == 0


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with (
        pytest.raises(WorkspaceBusyError, match=f"process {process.pid} "),
        locked(Workspace(tmp_path)),
    ):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    with locked(Workspace(tmp_path)):
        pass
