"""Jobs as their callers see them: accepted, looked at, cancelled, forgotten."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from ovoz.serving.inference.options import RecognitionOptions
from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.tables import UNFINISHED, JobRow, RecordingRow, State, WebhookState
from ovoz.serving.jobs.targets import receiver_of

_JOB_ID: Final = re.compile(r"[0-9a-f]{32}")
"""Anything else is none of ours, and may have characters that a database refuses."""
_FORGOTTEN_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """One recording that lies in the spool."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a caller asks for besides the recordings."""

    caller: str
    options: RecognitionOptions
    timestamps: bool = True
    idempotency_key: str | None = None
    webhook_url: str | None = None


class Cancellation(Enum):
    """What came of a wish to cancel."""

    UNKNOWN = auto()
    CANCELLED = auto()
    FORGOTTEN = auto()


class KeyReusedError(ValueError):
    """The caller used this Idempotency-Key before, for something else."""


class JobStore:
    """The callers' side of the database; every method may take a disk access and is blocking."""

    def __init__(self, database: Database, *, keep_s: float) -> None:
        self._database = database
        self._keep_s = keep_s

    def create(
        self, job_id: str, request: JobRequest, fingerprint: str, uploads: Sequence[Upload]
    ) -> str:
        """Write a new job, on disk when this returns.

        Args:
            job_id: a new one.
            request: what is to be done.
            fingerprint: SHA-256 of the request with its recordings.
            uploads: the recordings in the spool.

        Returns:
            Its id; or the id of the one that the key was used for before.

        Raises:
            KeyReusedError: that one was something else.
        """
        try:
            with self._database.writing() as session:
                # A key of which only an expired job knows is free again.
                session.execute(delete(JobRow).where(*_of_key(request), ~_kept()))
                session.add(_job_row(job_id, request, fingerprint, len(uploads)))
                session.flush()  # recordings refer to it
                session.add_all(_recording_rows(job_id, uploads))
        except IntegrityError:
            before = self._with_key(request)
            if before is None:
                raise
            if before.fingerprint != fingerprint:
                raise KeyReusedError from None
            return before.id
        return job_id

    def _with_key(self, request: JobRequest) -> JobRow | None:
        if request.idempotency_key is None:
            return None
        with self._database.reading() as session:
            return session.scalar(select(JobRow).where(*_of_key(request)))

    def read(self, caller: str, job_id: str) -> JobRow | None:
        """One job with its recordings and results; None when it is not this caller's."""
        if not _JOB_ID.fullmatch(job_id):
            return None
        with self._database.reading() as session:
            return session.scalar(
                select(JobRow)
                .where(JobRow.id == job_id, JobRow.caller == caller, _kept())
                .options(selectinload(JobRow.recordings).selectinload(RecordingRow.result))
            )

    def newest(self, caller: str, limit: int) -> Sequence[JobRow]:
        """The caller's latest jobs, the newest first, without their recordings."""
        with self._database.reading() as session:
            return session.scalars(
                select(JobRow)
                .where(JobRow.caller == caller, _kept())
                .order_by(JobRow.created_at.desc(), JobRow.id)
                .limit(limit)
            ).all()

    def cancel(self, caller: str, job_id: str) -> Cancellation:
        """Cancel a job; one that is over already is forgotten instead, with its results."""
        if not _JOB_ID.fullmatch(job_id):
            return Cancellation.UNKNOWN
        with self._database.writing() as session:
            job = session.scalar(
                select(JobRow)
                .where(JobRow.id == job_id, JobRow.caller == caller, _kept())
                .with_for_update()
            )
            if job is None:
                return Cancellation.UNKNOWN
            if job.state not in UNFINISHED:
                session.execute(delete(JobRow).where(JobRow.id == job_id))
                return Cancellation.FORGOTTEN
            session.execute(
                update(RecordingRow)
                .where(RecordingRow.job_id == job_id, RecordingRow.state.in_(UNFINISHED))
                .values(state=State.CANCELLED, lease=None, lease_until=None)
            )
            job.state = State.CANCELLED
            job.finished_at = time.time()
            job.expires_at = job.finished_at + self._keep_s
            job.webhook_state = None
        return Cancellation.CANCELLED

    def forget_expired(self) -> int:
        """Delete jobs whose time is over, piece by piece so that others may write; how many."""
        forgotten = 0
        while True:
            with self._database.writing() as session:
                expired = session.scalars(
                    select(JobRow.id)
                    .where(JobRow.expires_at < time.time())
                    .limit(_FORGOTTEN_AT_ONCE)
                ).all()
                session.execute(delete(JobRow).where(JobRow.id.in_(expired)))
            forgotten += len(expired)
            if len(expired) < _FORGOTTEN_AT_ONCE:
                return forgotten

    def stored_bytes(self) -> int:
        """How much audio lies there waiting."""
        with self._database.reading() as session:
            waiting = select(func.coalesce(func.sum(RecordingRow.size_bytes), 0)).where(
                RecordingRow.state.in_(UNFINISHED)
            )
            return int(session.scalar(waiting) or 0)

    def wanted_positions(self, job_id: str) -> set[int] | None:
        """Recordings of a job whose audio is still needed; None when there is no such job."""
        with self._database.reading() as session:
            if session.get(JobRow, job_id) is None:
                return None
            return set(
                session.scalars(
                    select(RecordingRow.position).where(
                        RecordingRow.job_id == job_id, RecordingRow.state.in_(UNFINISHED)
                    )
                )
            )


def _of_key(request: JobRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Jobs of the same caller with the same Idempotency-Key."""
    return JobRow.caller == request.caller, JobRow.idempotency_key == request.idempotency_key


def _kept() -> ColumnElement[bool]:
    """Results whose time is over are given to nobody, deleted or not."""
    return or_(JobRow.expires_at.is_(None), JobRow.expires_at >= time.time())


def _job_row(job_id: str, request: JobRequest, fingerprint: str, recordings: int) -> JobRow:
    return JobRow(
        id=job_id,
        caller=request.caller,
        idempotency_key=request.idempotency_key,
        fingerprint=fingerprint,
        language_hint=request.options.language_hint.value,
        hot_words=list(request.options.hot_words),
        redact=sorted(request.options.redact),
        speakers=str(request.options.speakers) if request.options.speakers else None,
        timestamps=request.timestamps,
        state=State.QUEUED,
        recordings_total=recordings,
        created_at=time.time(),
        webhook_url=request.webhook_url,
        webhook_receiver=receiver_of(request.webhook_url) if request.webhook_url else None,
        webhook_state=WebhookState.WAITING if request.webhook_url else None,
    )


def _recording_rows(job_id: str, uploads: Sequence[Upload]) -> list[RecordingRow]:
    return [
        RecordingRow(
            id=uuid4().hex,
            job_id=job_id,
            position=position,
            name=upload.name,
            size_bytes=upload.size_bytes,
            state=State.QUEUED,
        )
        for position, upload in enumerate(uploads)
    ]
