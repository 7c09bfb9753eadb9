"""What moderators see: disputed clips, and figures."""

from collections import Counter

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.methods import SendMessage
from aiogram.types import CallbackQuery, Message
from sqlalchemy import select

from collector.bot import keyboards
from collector.bot.filters import PLAIN, Talk
from collector.bot.keyboards import RulingButton
from collector.bot.visit import Reply, Visit
from collector.database.states import ClipState
from collector.database.tables import VoiceClip
from collector.reviewing.decision import list_votes
from collector.reviewing.moderation import find_disputed, rule
from collector.upkeep.campaigns import open_campaigns
from collector.upkeep.statistics import Statistics, measure_collection

router = Router(name="moderation")


@router.message(Command("moderate"))
async def moderate(_message: Message, visit: Visit) -> None:
    """Play a disputed clip."""
    if not visit.is_moderator:
        visit.say("for_moderators")
        return
    await _play_disputed(visit)


@router.callback_query(RulingButton.filter())
async def ruled(
    query: CallbackQuery, callback_data: RulingButton, visit: Visit, state: FSMContext
) -> None:
    """Decide a clip."""
    clip = await _find_undecided(visit, callback_data.clip)
    if not visit.is_moderator or clip is None:
        visit.release_button(query.id, "done_before" if visit.is_moderator else "for_moderators")
        return
    visit.release_button(query.id)
    if callback_data.ruling == "correct":
        await state.set_state(Talk.ruling)
        await state.set_data({"clip": clip.id})
        visit.say("ask_correction")
        return
    await rule(
        visit.session,
        clip,
        accept=callback_data.ruling == "accept",
        block=callback_data.ruling == "block",
    )
    await _play_disputed(visit)


@router.message(Talk.ruling, PLAIN)
async def corrected(message: Message, visit: Visit, state: FSMContext) -> None:
    """Accept a clip with another transcript."""
    clip = await _find_undecided(visit, (await state.get_data())["clip"])
    await state.set_state(None)
    if clip is not None and visit.is_moderator:
        text = " ".join((message.text or "").split())
        await rule(visit.session, clip, accept=True, transcript=text)
    await _play_disputed(visit)


@router.message(Command("stats"))
async def stats(_message: Message, visit: Visit) -> None:
    """Figures of the collection and its campaigns."""
    if not visit.is_moderator:
        visit.say("for_moderators")
        return
    lines = describe(await measure_collection(visit.session))
    for campaign, done in await open_campaigns(visit.session):
        lines.append(
            visit.words(
                "campaign_progress", title=campaign.title, target=campaign.target, done=done
            )
        )
    visit.answer(Reply(SendMessage(chat_id=visit.telegram_id, text="\n".join(lines))))


def describe(statistics: Statistics) -> list[str]:
    """Figures, a line each."""
    return [
        f"participants: {statistics.participants}",
        *(f"{state}: {count}" for state, count in sorted(statistics.clips.items())),
        f"accepted hours: {statistics.accepted_hours:.2f}",
        *(f"accepted, {name}: {n}" for name, n in sorted(statistics.accepted_by_dialect.items())),
        *(f"refused, {reason}: {n}" for reason, n in sorted(statistics.refusals.items())),
        f"votes: {statistics.reviews}",
        f"agreement: {statistics.agreement:.1%}",
        f"waiting to be sent: {statistics.outgoing}",
        f"set aside: {statistics.set_aside}",
    ]


async def _play_disputed(visit: Visit) -> None:
    wanted = visit.services.settings.rules.gold_wanted
    clip = await find_disputed(visit.session, wanted, visit.person)
    if clip is None:
        visit.say("moderation_empty")
        return
    votes = Counter(str(review.vote) for review in await list_votes(visit.session, clip))
    told = ", ".join(f"{vote} {count}" for vote, count in votes.items()) or "0"
    question = visit.words("moderation_question", text=clip.transcript, votes=told)
    visit.play(clip, question, keyboards.rulings(clip, visit.tongue))


async def _find_undecided(visit: Visit, clip_id: str) -> VoiceClip | None:
    found: VoiceClip | None = await visit.session.scalar(
        select(VoiceClip).where(
            VoiceClip.id == clip_id, VoiceClip.state.in_((ClipState.DISPUTED, ClipState.IN_REVIEW))
        )
    )
    return found
