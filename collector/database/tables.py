"""The tables. A person is their random pseudonym; Telegram's number is in one column alone."""

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import Integer

from collector.database.states import ClipState, Vote


class UtcTime(TypeDecorator[datetime]):
    """Times with their zone; SQLite keeps none, so UTC is written and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, for the database."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, for Python."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random name, which says nothing of whom it names."""
    return secrets.token_hex(8)


_COUNTER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself in INTEGER columns alone."""


def _names(kind: type[StrEnum]) -> Enum:
    """A column of names in text, whose values are members of the enumeration again when read."""
    return Enum(kind, native_enum=False, length=16, values_callable=list)


class Table(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime,
        dict[str, Any]: JSON,
    }


class Participant(Table):
    """A person who agreed; everything else of theirs hangs on the row and goes with it."""

    __tablename__ = "participants"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    language: Mapped[str] = mapped_column(String(8))
    joined_at: Mapped[datetime] = mapped_column(default=now)
    dialect: Mapped[str] = mapped_column(String(16), default="unknown")
    region: Mapped[str] = mapped_column(String(32), default="")
    gender: Mapped[str] = mapped_column(String(16), default="")
    age_band: Mapped[str] = mapped_column(String(8), default="")
    nickname: Mapped[str | None] = mapped_column(String(32), unique=True)
    reachable: Mapped[bool] = mapped_column(default=True)
    blocked: Mapped[bool] = mapped_column(default=False)
    gold_right: Mapped[int] = mapped_column(default=0)
    gold_wrong: Mapped[int] = mapped_column(default=0)
    consents: Mapped[list["Consent"]] = relationship(
        order_by="Consent.id", lazy="selectin", passive_deletes=True
    )

    @property
    def consent(self) -> "Consent":
        """The consent that counts: the last one."""
        return self.consents[-1]


class Consent(Table):
    """One agreement: which text, in which language, under which licence, and when."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(32))
    text_sha256: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    licence: Mapped[str] = mapped_column(String(32))
    adult: Mapped[bool]
    agreed_at: Mapped[datetime] = mapped_column(default=now)


class Conversation(Table):
    """Where a participant is in the talk with the bot: aiogram's state and its data."""

    __tablename__ = "conversations"

    participant_id: Mapped[str] = mapped_column(
        ForeignKey("participants.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Prompt(Table):
    """Something to be said. ``taken`` counts its clips in the states of :data:`TAKEN`."""

    __tablename__ = "prompts"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    pack: Mapped[str] = mapped_column(String(64))
    task: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    dialect: Mapped[str] = mapped_column(String(16), default="")
    domain: Mapped[str] = mapped_column(String(32), default="")
    text: Mapped[str] = mapped_column(Text)
    taken: Mapped[int] = mapped_column(default=0, index=True)
    active: Mapped[bool] = mapped_column(default=True)


class VoiceClip(Table):
    """One reading of a prompt, from its assignment to the verdict."""

    __tablename__ = "clips"
    __table_args__ = (Index("clips_of_participant", "participant_id", "state"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompts.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id", ondelete="CASCADE"))
    state: Mapped[ClipState] = mapped_column(
        _names(ClipState), index=True, default=ClipState.ASSIGNED
    )
    reason: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    submitted_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(16), default="")
    transcript: Mapped[str] = mapped_column(Text, default="")
    """What was said: the prompt's text, the speaker's own, or a listener's correction."""
    file_id: Mapped[str] = mapped_column(String(256), default="")
    file_unique_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    """When a received clip is looked at again, after something was away."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    duration_s: Mapped[float] = mapped_column(default=0.0)
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    heard_cer: Mapped[float | None]
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_gold: Mapped[bool] = mapped_column(default=False, index=True)
    prompt: Mapped[Prompt] = relationship(lazy="joined", innerjoin=True)

    @property
    def audio_key(self) -> str:
        """Name in the store; known before the audio is, so that nothing is left behind."""
        return f"{self.participant_id}/{self.id}.ogg"


class FingerprintHash(Table):
    """A hash of a clip's fingerprint, by which copies are found."""

    __tablename__ = "fingerprint_hashes"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)


class Review(Table):
    """A clip given to a listener, and their vote. A listener who was forgotten is nobody."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("clip_id", "reviewer_id"),)

    id: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[str | None] = mapped_column(
        ForeignKey("participants.id", ondelete="SET NULL"), index=True
    )
    given_at: Mapped[datetime] = mapped_column(default=now)
    voted_at: Mapped[datetime | None]
    vote: Mapped[Vote | None] = mapped_column(_names(Vote))
    transcript: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[bool] = mapped_column(default=True)
    """Whether the vote decides: not where its listener was wrong about too many known clips."""
    clip: Mapped[VoiceClip] = relationship(lazy="joined", innerjoin=True)


class HandledUpdate(Table):
    """The number of an update that was handled, so that none is handled twice."""

    __tablename__ = "handled_updates"

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    handled_at: Mapped[datetime] = mapped_column(default=now)


class OutgoingMessage(Table):
    """A message that is to be sent to a participant: written with what it tells of."""

    __tablename__ = "outgoing_messages"

    id: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    participant_id: Mapped[str] = mapped_column(
        ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    clip_id: Mapped[str | None] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"))
    """The clip that is in it: a message with a deleted clip is not sent."""
    method: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]]
    written_at: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it failed while Telegram took other messages."""
    due_at: Mapped[datetime | None]
    """When it is tried again; none: at once."""
    set_aside_at: Mapped[datetime | None]
    """Since when it is not tried any more."""


class Deletion(Table):
    """Audio that is to be deleted from the store."""

    __tablename__ = "deletions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)


class WithdrawnSpeaker(Table):
    """The pseudonym of a speaker who withdrew, until the corpus is without them."""

    __tablename__ = "withdrawals"

    speaker: Mapped[str] = mapped_column(String(16), primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Table):
    """That something happened; never to whom."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    event: Mapped[str] = mapped_column(String(32))


class Campaign(Table):
    """Speech that is wanted more than other: its prompts come first for those who can read them."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(_COUNTER, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8), default="")
    dialect: Mapped[str] = mapped_column(String(16), default="")
    domain: Mapped[str] = mapped_column(String(32), default="")
    target: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
