"""Who an update is from."""

from aiogram import F
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import TelegramObject

from collector.bot.visit import Visit

PLAIN = F.text & ~F.text.startswith("/")
"""A text that is no command: whatever is asked, commands are obeyed."""


class Talk(StatesGroup):
    """What the next text of a participant is."""

    region = State()
    nickname = State()
    transcript = State()
    correction = State()
    ruling = State()


def is_stranger(_event: TelegramObject, visit: Visit) -> bool:
    """Whether the person has not agreed."""
    return visit.participant is None


def is_member(_event: TelegramObject, visit: Visit) -> bool:
    """Whether the person has agreed."""
    return visit.participant is not None
