"""Answer which version holds an alias without loading MLflow, where that is certain.

Loading MLflow takes seconds; reading a recording takes milliseconds. A local database that nobody
has written to since the last answer gives the same answer again. The answers lie beside it, with
the time, size and inode that the file had *before* MLflow was asked: any write since, by whomever,
makes them worthless, and MLflow is asked anew.
"""

import os
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel

_FILE: Final = "resolved.json"


class _State(BaseModel):
    """What a write to the database would change."""

    model_config = ConfigDict(frozen=True)

    modified_ns: int
    size: int
    inode: int


class _Answers(BaseModel):
    """Answers by model and alias, and the state of the database they were given in."""

    state: _State
    answers: dict[str, RegisteredModel] = {}


def resolve(settings: RegistrySettings, alias: str) -> RegisteredModel:
    """The version that holds ``alias``, as :meth:`ovoz.registry.registry.Registry.resolve` says.

    Raises:
        RegistryError: as there.
    """
    database = settings.database()
    before = _state(database) if database else None
    key = f"{settings.model}@{alias}"
    answers = _recall(database, before) if database and before else None
    if answers and (known := answers.answers.get(key)) and known.artifact.is_dir():
        return known
    from ovoz.registry.registry import Registry

    model = Registry(settings).resolve(alias)
    if database and before:
        kept = answers.answers if answers else {}
        _remember(database, _Answers(state=before, answers={**kept, key: model}))
    return model


def _state(database: Path) -> _State | None:
    """None where the file alone does not tell of every write, or is missing."""
    if database.with_name(f"{database.name}-wal").exists():
        return None
    try:
        found = database.stat()
    except OSError:
        return None
    return _State(modified_ns=found.st_mtime_ns, size=found.st_size, inode=found.st_ino)


def _recall(database: Path, state: _State) -> _Answers | None:
    try:
        text = database.with_name(_FILE).read_text(encoding="utf-8")
        answers = _Answers.model_validate_json(text)
    except (OSError, ValidationError):
        return None
    return answers if answers.state == state else None


def _remember(database: Path, answers: _Answers) -> None:
    """Write the answers; a folder that cannot be written is no fault."""
    path = database.with_name(_FILE)
    unfinished = path.with_name(f".{_FILE}.{os.getpid()}.tmp")
    try:
        unfinished.write_text(answers.model_dump_json(), encoding="utf-8")
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
