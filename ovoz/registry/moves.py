"""Moves of aliases, one after the other, each of them whole in the end.

On this machine a file lock makes the second process wait. On a server nothing can: there the
journal decides which of two moves counts, and the other one is refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from filelock import FileLock, Timeout

from ovoz.registry.journal import Journal, JournalEntry
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.store import ModelStore
from ovoz.registry.version import ConcurrentMoveError, Move, PlannedMove, RegistryError

_PATIENCE_S: Final = 60.0


class AliasMoves:
    """Makes the moves of one registered model.

    Args:
        settings: Where the registry is.
        store: The model.
        moved: Called when aliases have moved.
    """

    def __init__(
        self, settings: RegistrySettings, store: ModelStore, moved: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._store = store
        self._moved = moved
        self._journal = Journal(settings)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The one process of this machine that changes a local registry, inside of the block.

        The system frees the lock when the process is killed. A server has no such lock.

        Raises:
            RegistryError: Another process has held it for a minute, or there is no such registry.
        """
        self._settings.check_database()
        database = self._settings.database()
        if database is None:
            yield
            return
        lock = FileLock(database.with_name(f"{self._settings.model}.moves.lock"))
        try:
            lock.acquire(timeout=_PATIENCE_S)
        except Timeout as error:
            raise RegistryError(
                f"{lock.lock_file}: another process has been changing the registry for a minute:"
                " wait for it, or end it"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def list_moves(self) -> list[Move]:
        """Every move that was made, the oldest first."""
        return [entry.plan.move for entry in self._journal.valid()]

    def unfinished(self) -> Move | None:
        """The last move, where it was cut off."""
        last = self._last()
        return last.plan.move if last and not last.done else None

    def finish_cut_off(self) -> Move | None:
        """Complete the last move where it was cut off; returns it then."""
        last = self._last()
        if last is None or last.done:
            return None
        self._complete(last)
        return last.plan.move

    def make(self, plan: PlannedMove) -> None:
        """Write a move down, then make it; ``plan.after`` was :meth:`position` at the planning.

        Raises:
            ConcurrentMoveError: Somebody else moved an alias since then.
            RegistryError: MLflow did not take it.
        """
        number = self._journal.append(plan)
        if number not in {entry.number for entry in self._journal.valid()}:
            raise ConcurrentMoveError(
                f"{plan.move.alias} was not moved to version {plan.move.version}: somebody else"
                " moved an alias at the same moment: see `ovoz models --moves`, and try again"
            )
        self._complete(JournalEntry(number, plan, done=False))

    def position(self) -> int:
        """The number of the last move."""
        last = self._last()
        return last.number if last else 0

    def _last(self) -> JournalEntry | None:
        valid = self._journal.valid()
        return valid[-1] if valid else None

    def _complete(self, entry: JournalEntry) -> None:
        """Make the writes of a move, and those of later ones, which they may have undone.

        A process may sleep for minutes between two writes, while others complete its move and make
        the next ones.
        """
        self._write(entry)
        while later := [one for one in self._journal.valid() if one.number > entry.number]:
            for entry in later:
                self._write(entry)
        self._moved()

    def _write(self, entry: JournalEntry) -> None:
        for version, tags in entry.plan.tags.items():
            self._store.set_tags(version, tags)
        for alias, holder in entry.plan.aliases.items():
            self._store.set_alias(alias, holder)
        self._journal.complete(entry.number)
