"""Pointers from aliases to versions, kept beside a local registry's database.

Loading MLflow takes seconds, transcribing a clip takes milliseconds. The registry writes the
pointers after it has moved an alias, so that the command finds the model without MLflow. Other
programs write to the database too: the pointers count only while its time, size and inode are
those that they were written for.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.files import write_text
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegisteredModel


class _DatabaseState(BaseModel):
    """What any write to the database changes."""

    model_config = ConfigDict(frozen=True)

    modified_ns: int
    size: int
    inode: int


class _Pointers(BaseModel):
    """The holder of every alias, and the state of the database in which that was read."""

    state: _DatabaseState
    holders: Mapping[str, RegisteredModel]


def write_pointers(
    settings: RegistrySettings, read_holders: Callable[[], Mapping[str, RegisteredModel]]
) -> None:
    """Write the pointers of a local registry; does nothing where its folder is read-only.

    Args:
        settings: Where the registry is.
        read_holders: Returns the holder of every alias. Called after the state of the database is
            noted, so that a write in between makes the pointers stale, not wrong.
    """
    database = settings.database()
    state = _state(database) if database else None
    if database and state:
        pointers = _Pointers(state=state, holders=read_holders())
        with suppress(OSError):
            write_text(_pointer_file(settings, database), pointers.model_dump_json())


def read_holders(settings: RegistrySettings) -> Mapping[str, RegisteredModel] | None:
    """The holders by alias; None where there are no pointers for the database as it is."""
    database = settings.database()
    if database is None:
        return None
    try:
        text = _pointer_file(settings, database).read_text(encoding="utf-8")
        pointers = _Pointers.model_validate_json(text)
    except (OSError, ValidationError):
        return None
    return pointers.holders if pointers.state == _state(database) else None


def _state(database: Path) -> _DatabaseState | None:
    """None for a missing file, and beside a write-ahead log, which holds writes that it lacks."""
    if database.with_name(f"{database.name}-wal").exists():
        return None
    try:
        found = database.stat()
    except OSError:
        return None
    return _DatabaseState(modified_ns=found.st_mtime_ns, size=found.st_size, inode=found.st_ino)


def _pointer_file(settings: RegistrySettings, database: Path) -> Path:
    return database.with_name(f"{settings.model}.aliases.json")
