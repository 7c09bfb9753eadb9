"""Questions about the speaker; none needs an answer."""

from typing import Final

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from collector.bot import keyboards
from collector.bot.filters import PLAIN, Talk
from collector.bot.keyboards import ProfileButton
from collector.bot.visit import Visit
from ovoz.corpus.manifest import Dialect

router = Router(name="profile")

_GENDERS: Final = ("female", "male")
_AGES: Final = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_LONGEST_REGION: Final = 32


@router.message(Command("profile"))
async def begin(_message: Message, visit: Visit) -> None:
    """Ask again from the start."""
    ask_dialect(visit)


@router.callback_query(ProfileButton.filter(F.question == "dialect"))
async def dialect(
    query: CallbackQuery, callback_data: ProfileButton, visit: Visit, state: FSMContext
) -> None:
    """Keep the dialect; ask for the region."""
    visit.release_button(query.id)
    if callback_data.value in set(Dialect):
        visit.person.dialect = callback_data.value
    await state.set_state(Talk.region)
    visit.say("ask_region", keyboards.answers("region", {}, visit.tongue))


@router.callback_query(ProfileButton.filter(F.question == "region"))
async def no_region(query: CallbackQuery, visit: Visit, state: FSMContext) -> None:
    """The region is not told."""
    visit.release_button(query.id)
    await state.set_state(None)
    _ask_gender(visit)


@router.message(Talk.region, PLAIN)
async def region(message: Message, visit: Visit, state: FSMContext) -> None:
    """Keep the region; ask for the gender."""
    named = " ".join((message.text or "").split())
    if len(named) > _LONGEST_REGION:
        visit.say("too_long_text", most=_LONGEST_REGION)
        return
    visit.person.region = named
    await state.set_state(None)
    _ask_gender(visit)


@router.callback_query(ProfileButton.filter(F.question == "gender"))
async def gender(query: CallbackQuery, callback_data: ProfileButton, visit: Visit) -> None:
    """Keep the gender; ask for the age."""
    visit.release_button(query.id)
    if callback_data.value in _GENDERS:
        visit.person.gender = callback_data.value
    visit.say("ask_age", keyboards.answers("age", {age: age for age in _AGES}, visit.tongue))


@router.callback_query(ProfileButton.filter(F.question == "age"))
async def age(query: CallbackQuery, callback_data: ProfileButton, visit: Visit) -> None:
    """Keep the age band; done."""
    visit.release_button(query.id)
    if callback_data.value in _AGES:
        visit.person.age_band = callback_data.value
    visit.say("profile_done", keyboards.menu(visit.tongue))


def ask_dialect(visit: Visit) -> None:
    """The first question."""
    values = {str(one): visit.words(f"dialect_{one}") for one in Dialect}
    visit.say("ask_dialect", keyboards.answers("dialect", values, visit.tongue))


def _ask_gender(visit: Visit) -> None:
    values = {one: visit.words(f"gender_{one}") for one in _GENDERS}
    visit.say("ask_gender", keyboards.answers("gender", values, visit.tongue))
