"""One's own progress, nickname and data; being forgotten."""

import json
from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.methods import SendDocument, SendVoice
from aiogram.types import BufferedInputFile, CallbackQuery, Message
from sqlalchemy import select

from collector.bot import keyboards
from collector.bot.filters import PLAIN, Talk
from collector.bot.keyboards import ForgetButton
from collector.bot.visit import Reply, Visit
from collector.database.states import SUBMITTED, ClipState
from collector.database.tables import Participant, VoiceClip
from collector.people.own_data import collect_own_data
from collector.people.progress import list_leaders, measure_progress
from collector.people.withdrawal import forget

router = Router(name="account")

_LONGEST_NICKNAME: Final = 24


@router.message(Command("help", "cancel"))
async def show_help(_message: Message, visit: Visit, state: FSMContext) -> None:
    """What can be done; whatever was asked is asked no more."""
    await state.set_state(None)
    visit.say("help", keyboards.menu(visit.tongue))


@router.message(Command("me"))
async def me(_message: Message, visit: Visit) -> None:
    """Counts, streak, and the list of those who want to be in it."""
    progress = await measure_progress(visit.session, visit.person)
    left = visit.services.settings.rules.clips_per_day - progress.submitted_today
    visit.say(
        "progress",
        submitted=progress.submitted,
        accepted=progress.accepted,
        reviews=progress.reviews,
        streak=progress.streak,
        left=max(0, left),
    )
    leaders = await list_leaders(visit.session)
    if leaders:
        visit.say("leaders", lines="\n".join(f"{name}: {count}" for name, count in leaders))


@router.message(Command("nickname"))
async def ask_nickname(_message: Message, visit: Visit, state: FSMContext) -> None:
    """Ask for a nickname, which is the only way into the list."""
    await state.set_state(Talk.nickname)
    visit.say("ask_nickname")


@router.message(Talk.nickname, PLAIN)
async def nickname(message: Message, visit: Visit, state: FSMContext) -> None:
    """Keep a nickname, or take it away."""
    chosen = " ".join((message.text or "").split())
    taken = select(Participant.id).where(
        Participant.nickname == chosen, Participant.id != visit.person.id
    )
    if len(chosen) > _LONGEST_NICKNAME:
        visit.say("too_long_text", most=_LONGEST_NICKNAME)
        return
    if chosen != "-" and await visit.session.scalar(taken) is not None:
        visit.say("nickname_taken")
        return
    visit.person.nickname = None if chosen == "-" else chosen
    await state.set_state(None)
    if chosen == "-":
        visit.say("nickname_removed")
    else:
        visit.say("nickname_set", nickname=chosen)


@router.message(Command("mydata"))
async def mydata(_message: Message, visit: Visit) -> None:
    """Send everything that is stored about the person: a file, and every recording."""
    data = await collect_own_data(visit.session, visit.person)
    clips = await visit.session.scalars(
        select(VoiceClip).where(
            VoiceClip.participant_id == visit.person.id,
            VoiceClip.state.in_((ClipState.CHECKED, *SUBMITTED)),
        )
    )
    recordings = clips.all()
    content = json.dumps(data, ensure_ascii=False, indent=1).encode()
    document = SendDocument(
        chat_id=visit.telegram_id,
        document=BufferedInputFile(content, "mydata.json"),
        caption=visit.words("mydata_caption", clips=len(recordings)),
    )
    visit.passing.append(Reply(document))
    for clip in recordings:
        voice = SendVoice(chat_id=visit.telegram_id, voice=clip.file_id, caption=clip.id)
        visit.answer(Reply(voice, clip.id))


@router.message(Command("forget"))
async def ask_forget(_message: Message, visit: Visit) -> None:
    """Ask whether they are sure."""
    visit.say("forget_question", keyboards.sure(visit.tongue))


@router.callback_query(ForgetButton.filter())
async def forget_me(query: CallbackQuery, callback_data: ForgetButton, visit: Visit) -> None:
    """Forget the person."""
    visit.release_button(query.id)
    if not callback_data.sure:
        visit.say("cancelled")
        return
    await forget(visit.session, visit.person)
    visit.participant = None
    visit.replies.clear()
    visit.wakes.append(visit.services.deleting)
    visit.say("forgotten")


@router.message()
async def anything_else(_message: Message, visit: Visit) -> None:
    """What fits nowhere is answered with what can be done."""
    visit.say("help", keyboards.menu(visit.tongue))


@router.callback_query()
async def old_button(query: CallbackQuery, visit: Visit) -> None:
    """A button of an older version."""
    visit.release_button(query.id, "done_before")
