"""Where people are in the talk, in the transaction of their update: a restart forgets nothing."""

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.tables import Conversation, Participant


class ParticipantStorage(BaseStorage):
    """The state of one participant. Nothing is kept of somebody who has not agreed."""

    def __init__(self, session: AsyncSession, participant: Participant | None) -> None:
        self._session = session
        self._participant = participant

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """As :meth:`BaseStorage.set_state`."""
        row = await self._row()
        if row is not None:
            row.state = state.state if isinstance(state, State) else state

    async def get_state(self, key: StorageKey) -> str | None:
        """As :meth:`BaseStorage.get_state`."""
        row = await self._row()
        return row.state if row else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """As :meth:`BaseStorage.set_data`."""
        row = await self._row()
        if row is not None:
            row.data = dict(data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """As :meth:`BaseStorage.get_data`."""
        row = await self._row()
        return dict(row.data) if row else {}

    async def close(self) -> None:
        """Nothing to close; the session is another one's."""

    async def _row(self) -> Conversation | None:
        if self._participant is None:
            return None
        row = await self._session.get(Conversation, self._participant.id)
        if row is None:
            row = Conversation(participant_id=self._participant.id, state=None, data={})
            self._session.add(row)
        return row
