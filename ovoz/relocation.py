"""A workspace that was moved, renamed or copied: its records point to where it lies now.

MLflow and ZenML store absolute paths and take no others: MLflow resolves an artifact location when
it creates an experiment, and ZenML compares resolved paths with the path of its store. A copy would
write into the workspace that it was copied from. The former path is recorded in ``.ovoz/root``.
"""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

import yaml

from ovoz.files import write_text
from ovoz.workspace import Workspace
from ovoz.workspace_lock import locked


class RelocationError(RuntimeError):
    """The records of a workspace point elsewhere and cannot be changed; the message says why."""


_STATE: Final = Workspace().state.name
_BEFORE: Final = r"(?P<before>^|[\s\"'=(,]|[a-z+]+:///?)"
"""What may stand before a path: another folder's name may end like the former path."""


def relocate(workspace: Workspace) -> str | None:
    """Let the records of a workspace point to its present folder; takes the workspace's lock.

    Safe to repeat after a kill: every store is changed in one transaction, ``.ovoz/root`` last.

    Returns:
        A line for the console; None where nothing had to be changed.

    Raises:
        RelocationError: The records point elsewhere, and the folder cannot be written.
        WorkspaceBusyError: They point elsewhere, and another process is at work here.
    """
    if not _is_moved(workspace):
        return None
    try:
        with locked(workspace):
            return relocate_locked(workspace)
    except (OSError, sqlite3.OperationalError) as error:
        raise RelocationError(
            f"{workspace.root.resolve()} was moved from {_read_former_root(workspace)}, and its"
            f" records cannot be changed: {error}: give yourself write access, or copy the folder"
        ) from error


def relocate_locked(workspace: Workspace) -> str | None:
    """As :func:`relocate`, for a process that holds the workspace's lock; records a new root.

    Raises:
        OSError: A file cannot be written.
    """
    former, root = _read_former_root(workspace), str(workspace.root.resolve())
    if former == root:
        return None
    changed = _change_records(workspace, former, root) if former else 0
    write_text(_root_file(workspace), root)
    if not former:
        return None
    return f"moved or copied from {former}: {changed} records now point here"


def _is_moved(workspace: Workspace) -> bool:
    former = _read_former_root(workspace)
    return former is not None and former != str(workspace.root.resolve())


def _root_file(workspace: Workspace) -> Path:
    return workspace.state / "root"


def _read_former_root(workspace: Workspace) -> str | None:
    """Where the records were written; None in a new workspace."""
    try:
        return _root_file(workspace).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _ask_mlflow(workspace)


def _ask_mlflow(workspace: Workspace) -> str | None:
    """The root of a workspace that has no record of it, from its experiments' locations."""
    if not workspace.mlflow_database.is_file():
        return None
    with _open(workspace.mlflow_database) as database:
        rows = database.execute("SELECT artifact_location FROM experiments").fetchall()
    for (location,) in rows:
        path = url2pathname(urlsplit(location).path) if location.startswith("file:") else location
        root, found, _ = path.rpartition(f"/{Workspace().mlflow_artifacts}")
        if found:
            return str(root)
    return None


def _change_records(workspace: Workspace, former: str, root: str) -> int:
    """Replace the former root in the stores; returns the number of changed values."""
    replace = _replacement(former, root)
    for pointers in workspace.mlflow_database.parent.glob("*.aliases.json"):
        pointers.unlink()  # written anew by the registry
    changed = _change_database(workspace.mlflow_database, replace)
    changed += _change_database(workspace.zenml_database, replace)
    models = workspace.mlflow_artifacts.glob("models/*/artifacts/MLmodel")
    for file in (workspace.zenml / "config.yaml", *models):
        changed += _change_yaml(file, replace)
    return changed


def _replacement(former: str, root: str) -> Callable[[str], str]:
    """Replaces paths into the former state folder, in a text as tools write them."""
    spellings = "|".join(map(re.escape, {former, quote(former)}))
    pattern = re.compile(rf"{_BEFORE}(?:{spellings})(?=/{re.escape(_STATE)}(?:\W|$))", re.MULTILINE)

    def replaced(found: re.Match[str]) -> str:
        before = found["before"]
        return before + (quote(root) if before.startswith("file:") else root)

    def replace(text: str) -> str:
        if text.startswith(("{", "[")):
            with suppress(ValueError):
                written = json.loads(text)
                changed = _replace_within(written, replace)
                return text if changed == written else json.dumps(changed)
        return pattern.sub(replaced, text)

    return replace


def _replace_within(value: object, replace: Callable[[str], str]) -> object:
    """``value``, of JSON or YAML, with every text in it replaced."""
    if isinstance(value, dict):
        return {key: _replace_within(one, replace) for key, one in value.items()}
    if isinstance(value, list):
        return [_replace_within(one, replace) for one in value]
    return replace(value) if isinstance(value, str) else value


def _change_yaml(file: Path, replace: Callable[[str], str]) -> int:
    """Replace in the values of a YAML file; returns 1 where it changed."""
    if not file.is_file():
        return 0
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    changed = _replace_within(written, replace)
    if changed != written:
        write_text(file, yaml.safe_dump(changed, allow_unicode=True))
    return int(changed != written)


def _change_database(file: Path, replace: Callable[[str], str]) -> int:
    """Replace in every text of an SQLite database, in one transaction."""
    if not file.is_file():
        return 0
    with _open(file) as database, database:
        database.create_function("replaced", 1, replace, deterministic=True)
        return sum(
            database.execute(
                f'UPDATE "{table}" SET "{column}" = replaced("{column}")'  # noqa: S608  (its own names)
                f' WHERE "{column}" LIKE ? AND "{column}" != replaced("{column}")',
                (f"%/{_STATE}%",),
            ).rowcount
            for table, column in _text_columns(database)
        )


def _text_columns(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p"
        " WHERE m.type = 'table' AND (p.type LIKE '%CHAR%' OR p.type LIKE '%TEXT%')"
    ).fetchall()


def _open(file: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(file, timeout=60))
