"""Queued recordings as the broker sees them: which ones workers are to be told of."""

import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, func, or_, select, update

from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.tables import UNFINISHED, JobRow, RecordingRow, State

_AT_ONCE: Final = 1000


class Announcements:
    """What workers were told of; every method is blocking."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.call = database.call

    def waiting(self) -> dict[State, int]:
        """How many recordings are queued, and how many are being worked on."""
        with self._database.reading() as session:
            found = session.execute(
                select(RecordingRow.state, func.count())
                .where(RecordingRow.state.in_(UNFINISHED))
                .group_by(RecordingRow.state)
            )
            return dict.fromkeys(UNFINISHED, 0) | {row[0]: row[1] for row in found}

    def unannounced(self, *, again_s: float) -> Sequence[str]:
        """Queued recordings that no worker was told of, or not for ``again_s``; the oldest first.

        What was told a long time ago is told again: a broker may have lost it.
        """
        told = RecordingRow.announced_at
        due = or_(told.is_(None), told <= time.time() - again_s)
        with self._database.reading() as session:
            return session.scalars(_queued().where(due)).all()

    def unheard(self, *, since_s: float) -> Sequence[str]:
        """Recordings that workers were told of at least ``since_s`` ago, and that nobody took."""
        with self._database.reading() as session:
            before = time.time() - since_s
            return session.scalars(_queued().where(RecordingRow.announced_at <= before)).all()

    def note(self, recording_ids: Sequence[str]) -> None:
        """Note that workers were told of recordings."""
        with self._database.writing() as session:
            session.execute(
                update(RecordingRow)
                .where(RecordingRow.id.in_(recording_ids), RecordingRow.state == State.QUEUED)
                .values(announced_at=time.time())
            )


def _queued() -> Select[tuple[str]]:
    may_be_taken = or_(RecordingRow.not_before.is_(None), RecordingRow.not_before <= time.time())
    return (
        select(RecordingRow.id)
        .join(JobRow, JobRow.id == RecordingRow.job_id)
        .where(RecordingRow.state == State.QUEUED, may_be_taken)
        .order_by(JobRow.created_at, JobRow.id, RecordingRow.position)
        .limit(_AT_ONCE)
    )
