"""The journal of a registered model: every move of its aliases, written before it is made.

MLflow can neither move two aliases at once nor move one on a condition. What it does do at once is
to number the versions of a registered model. So the moves are versions of a model of their own,
``MODEL.moves``: the numbers give them one order that every process sees, on SQLite and on a server
alike. A move is complete when each of its writes is; whoever finds one that is not completes it.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mlflow.exceptions import MlflowException

from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import ModelStore, open_client
from ovoz.registry.version import PlannedMove

_MOVE_TAG: Final = "ovoz.move"
_DONE_TAG: Final = "ovoz.done"
_SOURCE: Final = "ovoz:/move"
"""A version must name where its files are; a move has none. Servers take absolute paths alone."""
_DESCRIPTION: Final = (
    "Who moved the aliases of {model}, when and why: one version for each move."
    " Written by Ovoz; nothing here is a model."
)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One move in the journal; ``done`` when all of its writes were made."""

    number: int
    plan: PlannedMove
    done: bool


class Journal:
    """The moves of one registered model, in their order.

    Args:
        settings: Where the registry is. Reading creates nothing.
    """

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._name = f"{settings.model}.moves"
        self._store = ModelStore(settings, self._name)

    def valid(self) -> list[JournalEntry]:
        """The moves that count, the oldest first; those that came too late are left out."""
        found = [
            JournalEntry(
                int(version.version),
                PlannedMove.model_validate_json(version.tags[_MOVE_TAG]),
                _DONE_TAG in version.tags,
            )
            for version in self._store.versions()
            if _MOVE_TAG in version.tags
        ]
        return keep_valid(found)

    def append(self, plan: PlannedMove) -> int:
        """Write a move down; returns its number.

        Raises:
            RegistryError: MLflow did not take it.
        """
        client = open_client(self._settings)
        with contextlib.suppress(MlflowException):  # it is there, or the next call tells why not
            described = _DESCRIPTION.format(model=self._settings.model)
            client.create_registered_model(self._name, description=described)
        written = {_MOVE_TAG: plan.model_dump_json()}
        return int(self._store.create_version(_SOURCE, written))

    def complete(self, number: int) -> None:
        """Note that all writes of a move were made."""
        self._store.write_tag(str(number), _DONE_TAG, "yes")


def keep_valid(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The moves whose authors knew every valid move before them, in order.

    Each process that reads the same journal comes to the same answer, so of two moves that were
    planned at the same time one counts. An entry that somebody deleted invalidates no other.
    """
    valid: list[JournalEntry] = []
    for entry in sorted(entries, key=lambda one: one.number):
        if not valid or entry.plan.after >= valid[-1].number:
            valid.append(entry)
    return valid
