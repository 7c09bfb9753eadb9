"""Listening to what others have read."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from sqlalchemy import select

from collector.bot import keyboards
from collector.bot.filters import PLAIN, Talk
from collector.bot.handlers.record import LONGEST_TRANSCRIPT
from collector.bot.keyboards import MenuButton, VoteButton
from collector.bot.visit import Visit
from collector.database.states import Vote
from collector.database.tables import Review
from collector.people.progress import measure_progress
from collector.reviewing.assignment import give
from collector.reviewing.decision import TooSoonError, is_reputable, vote

router = Router(name="review")


@router.message(Command("review"))
async def review(_message: Message, visit: Visit) -> None:
    """Play a clip of somebody else."""
    await play_next(visit)


@router.callback_query(MenuButton.filter(F.action == "review"))
async def review_by_button(query: CallbackQuery, visit: Visit) -> None:
    """The same by its button."""
    visit.release_button(query.id)
    await play_next(visit)


@router.callback_query(VoteButton.filter())
async def voted(
    query: CallbackQuery, callback_data: VoteButton, visit: Visit, state: FSMContext
) -> None:
    """Count a vote, or ask for the correction."""
    given = await _find_open(visit, callback_data.clip)
    if given is None:
        visit.release_button(query.id, "done_before")
        return
    if callback_data.vote is Vote.CORRECTED:
        visit.release_button(query.id)
        await state.set_state(Talk.correction)
        await state.set_data({"clip": callback_data.clip})
        visit.say("ask_correction")
        return
    await state.set_state(None)
    if await _count(visit, given, callback_data.vote):
        visit.release_button(query.id, "voted")
        await play_next(visit)
    else:
        visit.release_button(query.id, "listen_first")


@router.message(Talk.correction, PLAIN)
async def correction(message: Message, visit: Visit, state: FSMContext) -> None:
    """Take what was really said as a vote."""
    text = " ".join((message.text or "").split())
    if len(text) > LONGEST_TRANSCRIPT:
        visit.say("too_long_text", most=LONGEST_TRANSCRIPT)
        return
    given = await _find_open(visit, (await state.get_data())["clip"])
    if given is None:
        visit.say("done_before")
    elif not await _count(visit, given, Vote.CORRECTED, text):
        visit.say("listen_first")
        return
    await state.set_state(None)
    await play_next(visit)


async def play_next(visit: Visit) -> None:
    """The next clip, with its text and the buttons."""
    rules = visit.services.settings.rules
    if visit.person.blocked:
        visit.say("blocked")
        return
    progress = await measure_progress(visit.session, visit.person)
    if progress.reviews_today >= rules.reviews_per_day:
        visit.say("review_limit", keyboards.menu(visit.tongue), most=rules.reviews_per_day)
        return
    review = await give(visit.session, visit.person, rules)
    if review is None:
        visit.say("no_reviews", keyboards.menu(visit.tongue))
        return
    question = visit.words("review_question", text=review.clip.transcript)
    visit.play(review.clip, question, keyboards.votes(review.clip, visit.tongue))


async def _count(visit: Visit, review: Review, given: Vote, transcript: str = "") -> bool:
    """Count a vote; False where the clip cannot have been heard yet."""
    rules = visit.services.settings.rules
    trusted = is_reputable(visit.person, rules)
    try:
        await vote(visit.session, review, given, transcript, rules, visit.services.pack)
    except TooSoonError:
        return False
    if trusted and not is_reputable(visit.person, rules):
        visit.say("listen_closely")
    return True


async def _find_open(visit: Visit, clip_id: str) -> Review | None:
    found: Review | None = await visit.session.scalar(
        select(Review).where(
            Review.clip_id == clip_id,
            Review.reviewer_id == visit.person.id,
            Review.vote.is_(None),
        )
    )
    return found
