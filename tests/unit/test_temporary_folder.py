"""Temporary files of a run do not outlive it, nor a kill of it beyond the next run."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ovoz.temporary_folder import temporary_folder
from ovoz.workspace import Workspace

HOLD = """
import sys, tempfile, time
from pathlib import Path
from ovoz.temporary_folder import temporary_folder
from ovoz.workspace import Workspace
with temporary_folder(Workspace(Path(sys.argv[1]))):
    print(tempfile.mkdtemp(prefix="library-"), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the system for the test alone."""
    folder = tmp_path / "system"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def make_workspace(root: Path) -> Workspace:
    workspace = Workspace(root)
    workspace.state.mkdir(parents=True)
    return workspace


def start_and_kill(workspace: Workspace) -> Path:
    """A folder that a library made in a process that was killed."""
    command = [sys.executable, "-c", HOLD, str(workspace.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        made = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    assert made.is_dir()
    return made


def test_nothing_is_left_at_the_end(tmp_path: Path, system: Path) -> None:
    with temporary_folder(make_workspace(tmp_path / "w")) as folder:
        assert folder.parent == system
        assert Path(tempfile.mkdtemp()).parent == folder
        told = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
        assert subprocess.check_output(told, text=True).strip() == str(folder)
    assert list(system.iterdir()) == []
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(system)


def test_the_next_run_removes_what_a_kill_left(tmp_path: Path, system: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    made = start_and_kill(workspace)
    moved = Workspace((tmp_path / "w").rename(tmp_path / "moved"))
    with temporary_folder(moved):
        assert not made.exists()
    assert list(system.iterdir()) == []


def test_what_multiprocessing_removes_by_itself_stays_for_it(tmp_path: Path, system: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    code = HOLD.replace(
        'tempfile.mkdtemp(prefix="library-")', "multiprocessing.util.get_temp_dir()"
    )
    code = code.replace("import sys", "import multiprocessing.util, sys").replace("600", "0")
    command = [sys.executable, "-c", code, str(workspace.root)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.strip().startswith(str(system))
    assert ended.stderr == ""
    assert list(system.iterdir()) == []


@pytest.mark.usefixtures("system")
def test_other_workspaces_keep_theirs(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    made = start_and_kill(workspace)
    shutil.copytree(tmp_path / "w", tmp_path / "copy")
    with temporary_folder(Workspace(tmp_path / "copy")):
        assert made.exists()


def test_a_link_of_that_name_is_not_followed(tmp_path: Path, system: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    with temporary_folder(workspace) as folder:
        pass
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder.symlink_to(kept)
    with temporary_folder(workspace):
        assert (kept / "file").exists()
