"""A prompt, a voice message, its confirmation."""

from typing import Final

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from sqlalchemy import select

from collector.bot import keyboards
from collector.bot.announcing import PROMPTS, play_back
from collector.bot.filters import PLAIN, Talk
from collector.bot.handlers.agreement import show_consent
from collector.bot.keyboards import ClipButton, MenuButton
from collector.bot.visit import Visit
from collector.database.states import ClipState
from collector.database.tables import VoiceClip, now
from collector.people.consent import is_current
from collector.people.progress import measure_progress
from collector.prompts.assignment import assign, assign_again, open_clip
from collector.prompts.packs import Task
from collector.recording.checks import Refusal
from collector.recording.clips import find_clip, give_up, is_known_file, receive, submit

router = Router(name="record")

LONGEST_TRANSCRIPT: Final = 500


@router.message(Command("record"))
async def record(_message: Message, visit: Visit) -> None:
    """Show a prompt."""
    await show_prompt(visit)


@router.callback_query(MenuButton.filter(F.action == "record"))
async def record_by_button(query: CallbackQuery, visit: Visit) -> None:
    """The same by its button."""
    visit.release_button(query.id)
    await show_prompt(visit)


@router.message(F.voice)
async def voice(message: Message, visit: Visit) -> None:
    """Take a voice message for the prompt that is open; it is looked at in the background."""
    sent = message.voice
    visit.quoted = message.message_id
    if sent is None or not await _may_record(visit):
        return
    clip = await open_clip(visit.session, visit.person)
    if message.forward_origin is not None or message.via_bot is not None:
        visit.say(f"refused_{Refusal.FORWARDED}")
    elif await is_known_file(visit.session, sent.file_unique_id):
        visit.say(f"refused_{Refusal.DUPLICATE}")
    elif clip is None:
        visit.say("no_prompt_open", keyboards.menu(visit.tongue))
    elif sent.duration > visit.services.settings.checks.max_duration_s:
        visit.say(f"refused_{Refusal.TOO_LONG}")
    else:
        receive(clip, visit.person.consent, sent.file_id, sent.file_unique_id)
        visit.wakes.append(visit.services.listening)
        visit.say("checking")


@router.message(F.audio | F.video_note | F.video | F.document)
async def another_file(_message: Message, visit: Visit) -> None:
    """Only the microphone shows that it is the speaker's own voice, now."""
    visit.say("ask_for_voice")


@router.callback_query(ClipButton.filter())
async def decide_clip(
    query: CallbackQuery, callback_data: ClipButton, visit: Visit, state: FSMContext
) -> None:
    """Submit a clip, record it again, or take another prompt."""
    clip = await _own_clip(visit, callback_data.clip)
    checked = clip is not None and clip.state == ClipState.CHECKED
    if clip is None or not (checked or callback_data.action == "other"):
        visit.release_button(query.id, "done_before")
        return
    visit.release_button(query.id)
    if callback_data.action == "submit":
        await _submit(visit, clip, state)
        return
    await give_up(visit.session, clip)
    visit.wakes.append(visit.services.deleting)
    await state.set_state(None)
    if callback_data.action == "again":
        _say_prompt(visit, await assign_again(visit.session, clip, visit.person))
    else:
        await show_prompt(visit)


@router.message(Talk.transcript, PLAIN)
async def transcript(message: Message, visit: Visit, state: FSMContext) -> None:
    """Keep what the speaker says that they said."""
    text = " ".join((message.text or "").split())
    if len(text) > LONGEST_TRANSCRIPT:
        visit.say("too_long_text", most=LONGEST_TRANSCRIPT)
        return
    clip = await find_clip(visit.session, (await state.get_data())["clip"], ClipState.CHECKED)
    await state.set_state(None)
    if clip is None:
        visit.say("done_before")
        return
    clip.transcript = text
    await _submit(visit, clip, state)


async def show_prompt(visit: Visit) -> None:
    """The clip that is open, or a new one."""
    if not await _may_record(visit):
        return
    session, speaker = visit.session, visit.person
    waiting = await _unconfirmed(visit)
    if waiting is not None and waiting.state == ClipState.RECEIVED:
        visit.say("checking")
    elif waiting is not None:
        await play_back(session, waiting, visit.services.settings.checks)
    else:
        rules = visit.services.settings.rules
        clip = await open_clip(session, speaker) or await assign(
            session, speaker, visit.services.coverage, rules.reads_per_prompt
        )
        if clip is None:
            visit.say("no_prompts", keyboards.menu(visit.tongue))
        else:
            _say_prompt(visit, clip)


async def _submit(visit: Visit, clip: VoiceClip, state: FSMContext) -> None:
    if clip.prompt.task != Task.READ and not clip.transcript:
        await state.set_state(Talk.transcript)
        await state.set_data({"clip": clip.id})
        visit.say("ask_transcript")
        return
    submit(clip, now())
    await visit.session.flush()
    progress = await measure_progress(visit.session, visit.person)
    visit.say("submitted", today=progress.submitted_today, total=progress.submitted)
    await show_prompt(visit)


async def _may_record(visit: Visit) -> bool:
    """Whether the person may send a recording; if not, why is said."""
    rules = visit.services.settings.rules
    if visit.person.blocked:
        visit.say("blocked")
        return False
    if not is_current(visit.person):
        show_consent(visit, "consent_changed")
        return False
    progress = await measure_progress(visit.session, visit.person)
    if progress.submitted >= rules.clips_per_speaker:
        visit.say("total_limit", keyboards.menu(visit.tongue), most=rules.clips_per_speaker)
        return False
    if progress.submitted_today >= rules.clips_per_day:
        visit.say("daily_limit", keyboards.menu(visit.tongue), most=rules.clips_per_day)
        return False
    return True


async def _own_clip(visit: Visit, clip_id: str) -> VoiceClip | None:
    """One's own clip that has no verdict of the speaker yet."""
    states = (ClipState.ASSIGNED, ClipState.CHECKED)
    found: VoiceClip | None = await visit.session.scalar(
        select(VoiceClip).where(
            VoiceClip.id == clip_id,
            VoiceClip.participant_id == visit.person.id,
            VoiceClip.state.in_(states),
        )
    )
    return found


async def _unconfirmed(visit: Visit) -> VoiceClip | None:
    found: VoiceClip | None = await visit.session.scalar(
        select(VoiceClip)
        .where(
            VoiceClip.participant_id == visit.person.id,
            VoiceClip.state.in_((ClipState.RECEIVED, ClipState.CHECKED)),
        )
        .limit(1)
    )
    return found


def _say_prompt(visit: Visit, clip: VoiceClip) -> None:
    key = PROMPTS[clip.prompt.task]
    visit.say(key, keyboards.prompt_buttons(clip, visit.tongue), text=clip.prompt.text)
