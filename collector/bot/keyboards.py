"""Buttons under messages. What they carry names what they are about, so old ones do no harm."""

from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from collector.database.states import Vote
from collector.database.tables import VoiceClip
from collector.people.consent import SpeechLicence
from collector.texts.catalogue import NAMES, Tongue, say


class TongueButton(CallbackData, prefix="t"):
    """Choose a language; ``change`` where the person has agreed already."""

    tongue: Tongue


class AgreeButton(CallbackData, prefix="a"):
    """Agree, under a licence, to a version of the consent text as read in a language."""

    tongue: Tongue
    licence: SpeechLicence
    version: str


class DeclineButton(CallbackData, prefix="d"):
    """Do not agree."""

    tongue: Tongue


class ProfileButton(CallbackData, prefix="p"):
    """Answer a question about oneself; an empty value skips it."""

    question: str
    value: str


class ClipButton(CallbackData, prefix="c"):
    """Do something with a clip of one's own: submit, again, other."""

    action: str
    clip: str


class VoteButton(CallbackData, prefix="v"):
    """Vote on a clip."""

    vote: Vote
    clip: str


class RulingButton(CallbackData, prefix="m"):
    """Decide a clip as a moderator: accept, reject, block, correct."""

    ruling: str
    clip: str


class ForgetButton(CallbackData, prefix="f"):
    """Confirm or cancel being forgotten."""

    sure: bool


class MenuButton(CallbackData, prefix="n"):
    """Go on: record, review."""

    action: str


def _rows(*rows: Sequence[tuple[str, CallbackData]]) -> InlineKeyboardMarkup:
    buttons = [
        [InlineKeyboardButton(text=text, callback_data=data.pack()) for text, data in row]
        for row in rows
    ]
    return InlineKeyboardMarkup(inline_keyboard=buttons)


def languages() -> InlineKeyboardMarkup:
    """The languages of the interface."""
    return _rows(*([(name, TongueButton(tongue=tongue))] for tongue, name in NAMES.items()))


def licences(tongue: Tongue, version: str) -> InlineKeyboardMarkup:
    """The licences, and no."""
    choices = [
        [(licence, AgreeButton(tongue=tongue, licence=licence, version=version))]
        for licence in SpeechLicence
    ]
    return _rows(*choices, [(say("b_decline", tongue), DeclineButton(tongue=tongue))])


def answers(question: str, values: dict[str, str], tongue: Tongue) -> InlineKeyboardMarkup:
    """Answers to a question, by value, and skipping it."""
    choices = [
        [(text, ProfileButton(question=question, value=value))] for value, text in values.items()
    ]
    skip = (say("b_skip", tongue), ProfileButton(question=question, value=""))
    return _rows(*choices, [skip])


def menu(tongue: str) -> InlineKeyboardMarkup:
    """What can be done next."""
    return _rows(
        [
            (say("b_record", tongue), MenuButton(action="record")),
            (say("b_review", tongue), MenuButton(action="review")),
        ]
    )


def prompt_buttons(clip: VoiceClip, tongue: str) -> InlineKeyboardMarkup:
    """Under a prompt."""
    return _rows([(say("b_other", tongue), ClipButton(action="other", clip=clip.id))])


def confirmation(clip: VoiceClip, tongue: str) -> InlineKeyboardMarkup:
    """Under one's own clip."""
    return _rows(
        [
            (say("b_submit", tongue), ClipButton(action="submit", clip=clip.id)),
            (say("b_again", tongue), ClipButton(action="again", clip=clip.id)),
        ],
        [(say("b_other", tongue), ClipButton(action="other", clip=clip.id))],
    )


def votes(clip: VoiceClip, tongue: Tongue) -> InlineKeyboardMarkup:
    """Under a clip of somebody else."""

    def button(key: str, vote: Vote) -> tuple[str, CallbackData]:
        return say(key, tongue), VoteButton(vote=vote, clip=clip.id)

    return _rows(
        [button("b_good", Vote.GOOD), button("b_bad", Vote.BAD)],
        [button("b_correct", Vote.CORRECTED)],
        [button("b_skip", Vote.SKIPPED), button("b_report", Vote.REPORTED)],
    )


def rulings(clip: VoiceClip, tongue: Tongue) -> InlineKeyboardMarkup:
    """Under a clip that a moderator decides."""

    def button(key: str, ruling: str) -> tuple[str, CallbackData]:
        return say(key, tongue), RulingButton(ruling=ruling, clip=clip.id)

    return _rows(
        [button("b_accept", "accept"), button("b_reject", "reject")],
        [button("b_correct", "correct"), button("b_block", "block")],
    )


def sure(tongue: Tongue) -> InlineKeyboardMarkup:
    """Before everything is deleted."""
    return _rows(
        [(say("b_forget", tongue), ForgetButton(sure=True))],
        [(say("b_cancel", tongue), ForgetButton(sure=False))],
    )
