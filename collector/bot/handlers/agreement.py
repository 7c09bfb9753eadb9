"""Language, consent text, licence. What a stranger chose is in the buttons: nothing is stored."""

from aiogram import Router
from aiogram.filters import Command, CommandStart
from aiogram.methods import SendMessage
from aiogram.types import CallbackQuery, Message

from collector.bot import keyboards
from collector.bot.filters import is_stranger
from collector.bot.handlers.profile import ask_dialect
from collector.bot.keyboards import AgreeButton, DeclineButton, TongueButton
from collector.bot.visit import Reply, Visit
from collector.people.consent import agree, is_current
from collector.texts.catalogue import Tongue, current_consent, say

router = Router(name="agreement")


@router.message(CommandStart())
async def start(_message: Message, visit: Visit) -> None:
    """Greet: a stranger with the languages, a member with what can be done."""
    if visit.participant is None:
        visit.say("choose_language", keyboards.languages())
    elif not is_current(visit.person):
        show_consent(visit, "consent_changed")
    else:
        visit.say("help", keyboards.menu(visit.tongue))


@router.message(Command("language"))
async def language(_message: Message, visit: Visit) -> None:
    """Ask for the language of the interface."""
    visit.say("choose_language", keyboards.languages())


@router.callback_query(TongueButton.filter())
async def choose_language(query: CallbackQuery, callback_data: TongueButton, visit: Visit) -> None:
    """Go on in the language that was chosen."""
    visit.release_button(query.id)
    visit.tongue = callback_data.tongue
    if visit.participant is None:
        show_consent(visit)
    else:
        visit.person.language = callback_data.tongue
        visit.say("help", keyboards.menu(visit.tongue))


@router.callback_query(AgreeButton.filter())
async def agreed(query: CallbackQuery, callback_data: AgreeButton, visit: Visit) -> None:
    """Store the agreement: the first thing that is stored of a person."""
    visit.release_button(query.id)
    visit.tongue = callback_data.tongue
    if callback_data.version != current_consent().version:
        show_consent(visit, "consent_changed")
        return
    newcomer = visit.participant is None
    visit.participant = await agree(
        visit.session, visit.telegram_id, callback_data.tongue, callback_data.licence
    )
    if newcomer:
        visit.say("joined")
        ask_dialect(visit)
    else:
        visit.say("agreed_again", keyboards.menu(visit.tongue))


@router.callback_query(DeclineButton.filter())
async def declined(query: CallbackQuery, callback_data: DeclineButton, visit: Visit) -> None:
    """Nothing was stored, and that is said."""
    visit.release_button(query.id)
    visit.tongue = callback_data.tongue
    visit.say("declined" if visit.participant is None else "cancelled")


def show_consent(visit: Visit, reason: str = "") -> None:
    """The text that is agreed to, and the licences to choose from."""
    consent = current_consent()
    tongue = Tongue(visit.tongue)
    if reason:
        visit.say(reason)
    text = SendMessage(chat_id=visit.telegram_id, text=consent.text[tongue])
    choice = SendMessage(
        chat_id=visit.telegram_id,
        text=say("consent_licence", tongue),
        reply_markup=keyboards.licences(tongue, consent.version),
    )
    # One after the other: the choice is under the text.
    visit.answer(Reply(text))
    visit.answer(Reply(choice))


strangers = Router(name="strangers")
strangers.message.filter(is_stranger)
strangers.callback_query.filter(is_stranger)


@strangers.message(Command("mydata", "forget"))
async def nothing_stored(_message: Message, visit: Visit) -> None:
    """There is nothing to show or to forget."""
    visit.say("nothing_stored")


@strangers.message()
async def consent_first(_message: Message, visit: Visit) -> None:
    """Whatever else a stranger sends is not looked at."""
    visit.say("consent_first")


@strangers.callback_query()
async def old_button(query: CallbackQuery, visit: Visit) -> None:
    """A button from before the person was forgotten."""
    visit.release_button(query.id, "nothing_stored")
