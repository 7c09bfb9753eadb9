"""ZenML's local database, where a kill cut off its making: it is made anew.

ZenML never finishes what it began there, and ends every later run. The default user is the last
thing that it writes, and nothing can be run or registered before: nothing of value is removed.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ovoz.workspace import Workspace


def remove_unfinished_store(workspace: Workspace) -> bool:
    """Remove the database if it has no user yet; must run before ZenML opens it.

    Returns:
        Whether it was removed.

    Raises:
        OSError: It cannot be removed.
        sqlite3.DatabaseError: It is damaged otherwise.
    """
    file = workspace.zenml_database
    if not file.is_file() or _has_user(file):
        return False
    file.unlink()
    return True


def _has_user(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as database:
        named = database.execute("SELECT name FROM sqlite_master WHERE name = 'user'").fetchone()
        return named is not None and database.execute("SELECT 1 FROM user").fetchone() is not None
