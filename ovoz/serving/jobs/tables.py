"""What is known of jobs, in SQL: the only truth about them.

Times are Unix times in seconds.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import JSON, Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class State(StrEnum):
    """How far a job or one of its recordings is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WebhookState(StrEnum):
    """What became of telling the caller."""

    WAITING = "waiting"
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


UNFINISHED: Final = (State.QUEUED, State.RUNNING)


def _named(kind: type[StrEnum]) -> Enum:
    """An enumeration kept as the text of its values."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """All tables of jobs."""


class JobRow(Base):
    """One job: what its caller asked for, and how far it is.

    ``recordings_done`` counts recordings with a result, ``recordings_answered`` those of them
    whose result is no problem. ``fingerprint`` is the SHA-256 of all that was asked.
    """

    __tablename__ = "ovoz_jobs"
    __table_args__ = (
        UniqueConstraint("caller", "idempotency_key"),
        Index("ovoz_jobs_of_caller", "caller", "created_at"),
        Index("ovoz_jobs_expiry", "expires_at"),
        Index("ovoz_jobs_webhook", "webhook_state", "webhook_next_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    caller: Mapped[str] = mapped_column(String(160))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    language_hint: Mapped[str] = mapped_column(String(8))
    hot_words: Mapped[list[str]] = mapped_column(JSON)
    redact: Mapped[list[str] | None] = mapped_column(JSON)
    speakers: Mapped[str | None] = mapped_column(String(8))
    timestamps: Mapped[bool]
    state: Mapped[State] = mapped_column(_named(State))
    recordings_total: Mapped[int]
    recordings_done: Mapped[int] = mapped_column(default=0)
    recordings_answered: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[float]
    finished_at: Mapped[float | None]
    expires_at: Mapped[float | None]
    webhook_url: Mapped[str | None] = mapped_column(Text)
    webhook_receiver: Mapped[str | None] = mapped_column(String(300))
    webhook_state: Mapped[WebhookState | None] = mapped_column(_named(WebhookState))
    webhook_attempts: Mapped[int] = mapped_column(default=0)
    webhook_next_at: Mapped[float | None]
    webhook_outcome: Mapped[str | None] = mapped_column(String(64))

    recordings: Mapped[list["RecordingRow"]] = relationship(
        order_by="RecordingRow.position", viewonly=True
    )


class RecordingRow(Base):
    """One recording of a job; ``lease`` names the one attempt that may write its result.

    ``missed_by`` names the workers that did not find its audio, once for each time. Nobody takes
    it before ``not_before``.
    """

    __tablename__ = "ovoz_job_recordings"
    __table_args__ = (
        UniqueConstraint("job_id", "position"),
        Index("ovoz_job_recordings_leases", "state", "lease_until"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("ovoz_jobs.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    state: Mapped[State] = mapped_column(_named(State))
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[float | None]
    announced_at: Mapped[float | None]
    missed_by: Mapped[list[str] | None] = mapped_column(JSON)
    not_before: Mapped[float | None]

    result: Mapped["ResultRow | None"] = relationship(viewonly=True)


class ResultRow(Base):
    """The result of a recording, ``answer`` or ``problem`` as JSON; its key lets it be but one."""

    __tablename__ = "ovoz_job_results"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("ovoz_job_recordings.id", ondelete="CASCADE"), primary_key=True
    )
    answer: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    written_at: Mapped[float]


class IdentityRow(Base):
    """The one row that names this database; its recordings lie in the folder of that name."""

    __tablename__ = "ovoz_jobs_identity"

    only: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32))
