"""Recordings as workers see them: claimed by one, kept by signs of life, finished once.

A claim is a lease: a random name in the recording's row, and a time until which it holds. Only who
holds it may write the result, so a recording whose worker was taken for dead and was not is still
finished once. Whoever changes a recording holds the row of its job first, so that the last two
recordings of a job cannot finish side by side without either seeing the other.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session

from ovoz.serving.inference.options import LanguageHint, RecognitionOptions
from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.tables import (
    UNFINISHED,
    JobRow,
    RecordingRow,
    ResultRow,
    State,
    WebhookState,
)
from ovoz.speakers.config import SpeakerCount
from ovoz.text.written.redaction import RedactionKind

_AT_ONCE: Final = 1000
MISS_S: Final = 5.0
_BY_ROWS: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Claim:
    """One recording in the hands of one worker, with what is to be done about it."""

    recording_id: str
    job_id: str
    position: int
    lease: str
    caller: str
    options: RecognitionOptions
    timestamps: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a recording, as JSON: one of the two."""

    answer: str | None = None
    problem: str | None = None


class Claims:
    """The workers' side of the database; every method may take a disk access and is blocking.

    Args:
        database: where jobs are kept.
        lease_s: for how many seconds a sign of life counts.
        keep_s: for how many seconds the results of a finished job are kept.
        miss_s: the first pause after audio was not found.
    """

    def __init__(
        self, database: Database, *, lease_s: float, keep_s: float, miss_s: float = MISS_S
    ) -> None:
        self._database = database
        self.call = database.call
        self._lease_s = lease_s
        self._keep_s = keep_s
        self._miss_s = miss_s

    def claim(self, recording_id: str) -> Claim | None:
        """The recording, unless somebody has it, or had it, or nobody wants it any more."""
        lease = uuid4().hex
        with self._database.writing() as session:
            job = _locked_job(session, recording_id)
            if job is None or job.state not in UNFINISHED:
                return None
            free = (RecordingRow.id == recording_id, RecordingRow.state == State.QUEUED)
            changed = _changed(
                session,
                update(RecordingRow)
                .where(*free)
                .values(
                    state=State.RUNNING,
                    lease=lease,
                    lease_until=time.time() + self._lease_s,
                    attempts=RecordingRow.attempts + 1,
                ),
            )
            if not changed:
                return None
            job.state = State.RUNNING
            position = session.scalars(
                select(RecordingRow.position).where(RecordingRow.id == recording_id)
            ).one()
            return _claim(job, recording_id, position, lease)

    def beat(self, claim: Claim) -> bool:
        """Tell that the worker lives; whether the claim still holds."""
        with self._database.writing() as session:
            until = time.time() + self._lease_s
            return _changed(session, _held(claim).values(lease_until=until))

    def give_back(self, claim: Claim) -> bool:
        """Let somebody else do it; this attempt does not count."""
        with self._database.writing() as session:
            _locked_job(session, claim.recording_id)
            free = {"state": State.QUEUED, "lease": None, "lease_until": None}
            return _changed(
                session,
                _held(claim).values(**free, attempts=RecordingRow.attempts - 1, announced_at=None),
            )

    def miss(self, claim: Claim, worker: str, *, tries: int) -> bool:
        """Note that ``worker`` did not find the audio, and let others look for it.

        Another machine may have the disk that this one lacks, so it is over only after ``tries``
        on more than one, or twice as many on a single one; each pause is longer than the last.

        Args:
            claim: what was claimed.
            worker: the name of the machine.
            tries: how many misses are enough.

        Returns:
            Whether it was looked for often enough: the claim is kept, to end it with a problem.
        """
        with self._database.writing() as session:
            _locked_job(session, claim.recording_id)
            recording = session.get_one(RecordingRow, claim.recording_id)
            if recording.lease != claim.lease:
                return False
            missed = [*(recording.missed_by or []), worker]
            if len(missed) >= tries * (1 if len(set(missed)) > 1 else 2):
                return True
            recording.missed_by = missed
            recording.not_before = time.time() + self._miss_s * 2.0 ** (len(missed) - 1)
            recording.state, recording.lease, recording.lease_until = State.QUEUED, None, None
            recording.attempts -= 1
            recording.announced_at = None
        return False

    def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Write the result, and finish the job with its last one.

        Returns:
            Whether it was written; not, where the claim was lost or the job cancelled meanwhile.
        """
        with self._database.writing() as session:
            job = _locked_job(session, claim.recording_id)
            if job is None:
                return False
            answered = outcome.answer is not None
            state = State.DONE if answered else State.FAILED
            if not _changed(
                session, _held(claim).values(state=state, lease=None, lease_until=None)
            ):
                return False
            session.add(
                ResultRow(
                    recording_id=claim.recording_id,
                    answer=outcome.answer,
                    problem=outcome.problem,
                    written_at=time.time(),
                )
            )
            job.recordings_done += 1
            job.recordings_answered += int(answered)
            if job.recordings_done == job.recordings_total:
                self._finish_job(job)
            return True

    def _finish_job(self, job: JobRow) -> None:
        job.state = State.DONE if job.recordings_answered else State.FAILED
        job.finished_at = time.time()
        job.expires_at = job.finished_at + self._keep_s
        if job.webhook_url is not None:
            job.webhook_state = WebhookState.PENDING
            job.webhook_next_at = job.finished_at

    def expired(self) -> Sequence[tuple[str, str, int]]:
        """Recordings whose worker is silent: their ids, leases and attempts so far."""
        with self._database.reading() as session:
            found = session.execute(
                select(RecordingRow.id, RecordingRow.lease, RecordingRow.attempts)
                .where(RecordingRow.state == State.RUNNING, RecordingRow.lease_until < time.time())
                .limit(_AT_ONCE)
            )
            return [(row[0], row[1] or "", row[2]) for row in found]

    def release(self, recording_id: str, lease: str) -> bool:
        """Queue a recording again whose lease ran out; whether it had not come back to life."""
        with self._database.writing() as session:
            _locked_job(session, recording_id)
            return _changed(
                session,
                _silent(recording_id, lease).values(
                    state=State.QUEUED, lease=None, lease_until=None, announced_at=None
                ),
            )

    def take_over(self, recording_id: str, lease: str) -> Claim | None:
        """The claim of a silent worker in a new hand, to end it with a problem."""
        with self._database.writing() as session:
            job = _locked_job(session, recording_id)
            mine = uuid4().hex
            until = time.time() + self._lease_s
            taken = _silent(recording_id, lease).values(lease=mine, lease_until=until)
            if job is None or not _changed(session, taken):
                return None
            recording = session.get_one(RecordingRow, recording_id)
            return _claim(job, recording_id, recording.position, mine)


def _claim(job: JobRow, recording_id: str, position: int, lease: str) -> Claim:
    options = RecognitionOptions(
        LanguageHint(job.language_hint),
        tuple(job.hot_words),
        redact=frozenset(map(RedactionKind, job.redact or ())),
        speakers=SpeakerCount.parse(job.speakers) if job.speakers else None,
    )
    return Claim(recording_id, job.id, position, lease, job.caller, options, job.timestamps)


def _locked_job(session: Session, recording_id: str) -> JobRow | None:
    """The job of a recording, which nobody else changes until the transaction ends."""
    job_id = session.scalar(select(RecordingRow.job_id).where(RecordingRow.id == recording_id))
    return session.scalar(select(JobRow).where(JobRow.id == job_id).with_for_update())


def _held(claim: Claim) -> Update:
    return update(RecordingRow).where(
        RecordingRow.id == claim.recording_id,
        RecordingRow.state == State.RUNNING,
        RecordingRow.lease == claim.lease,
    )


def _silent(recording_id: str, lease: str) -> Update:
    return update(RecordingRow).where(
        RecordingRow.id == recording_id,
        RecordingRow.state == State.RUNNING,
        RecordingRow.lease == lease,
        RecordingRow.lease_until < time.time(),
    )


def _changed(session: Session, change: Update) -> bool:
    done = cast("CursorResult[object]", session.execute(change, execution_options=_BY_ROWS))
    return done.rowcount == 1
