"""A kill while ZenML makes its database spoils no later run."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ovoz.workspace import Workspace
from pipelines.unfinished_store import remove_unfinished_store

KILLED_BEFORE_THE_USER = """
import os, signal, sys
from pathlib import Path
from pipelines.environment import enter
enter(Path(sys.argv[1]))
from zenml.zen_stores.sql_zen_store import SqlZenStore
SqlZenStore._create_default_user_on_db_init = lambda _: os.kill(os.getpid(), signal.SIGKILL)
from zenml.client import Client
Client().active_user
"""
STARTED_AGAIN = """
import sys
from pathlib import Path
from ovoz.workspace import Workspace
from pipelines.environment import enter
from pipelines.unfinished_store import remove_unfinished_store
enter(Path(sys.argv[1]))
print("#", remove_unfinished_store(Workspace()))
from zenml.client import Client
print("#", Client().active_user.name)
print("#", remove_unfinished_store(Workspace()))
"""


def make_database(workspace: Workspace, script: str) -> None:
    workspace.zenml_database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(workspace.zenml_database)) as database:
        database.executescript(script)


@pytest.mark.parametrize(
    ("script", "removed"),
    [
        ("", True),
        ("CREATE TABLE stack (name)", True),
        ("CREATE TABLE user (name)", True),
        ("CREATE TABLE user (name); INSERT INTO user VALUES ('default')", False),
    ],
)
def test_a_database_without_a_user_goes(tmp_path: Path, script: str, removed: bool) -> None:
    workspace = Workspace(tmp_path)
    assert not remove_unfinished_store(workspace)
    make_database(workspace, script)
    assert remove_unfinished_store(workspace) is removed
    assert workspace.zenml_database.exists() is not removed


@pytest.mark.slow  # ZenML is loaded twice
def test_zenml_starts_after_a_kill_at_its_first_start(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_USER, str(tmp_path)])
    assert killed.returncode == -signal.SIGKILL
    again = [sys.executable, "-c", STARTED_AGAIN, str(tmp_path)]
    done = subprocess.run(again, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()
    assert [line for line in told if line.startswith("#")] == ["# True", "# default", "# False"]
