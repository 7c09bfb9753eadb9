"""Everything that is stored about a participant, for themselves."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect

from collector.database.tables import Conversation, Participant, Review, Table, VoiceClip


async def collect_own_data(session: AsyncSession, participant: Participant) -> dict[str, Any]:
    """Every row about a participant, as JSON can hold it; recordings by their names."""
    clips = (await _rows(session, VoiceClip, VoiceClip.participant_id == participant.id)) or []
    return {
        "participant": _as_json(participant),
        "consents": [_as_json(consent) for consent in participant.consents],
        "clips": [_as_json(clip) | {"prompt": clip.prompt.text} for clip in clips],
        "reviews": [
            _as_json(review)
            for review in await _rows(session, Review, Review.reviewer_id == participant.id)
        ],
        "conversation": [
            _as_json(row)
            for row in await _rows(
                session, Conversation, Conversation.participant_id == participant.id
            )
        ],
    }


async def _rows(session: AsyncSession, table: Any, condition: Any) -> list[Any]:  # noqa: ANN401
    return list((await session.scalars(select(table).where(condition))).all())


def _as_json(row: Table) -> dict[str, Any]:
    columns = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return {name: _plain(value) for name, value in columns.items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value if isinstance(value, str | int | float | dict | None) else str(value)
