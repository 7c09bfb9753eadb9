"""Clips judged by others: agreement, corrections, known clips, disputes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.migrate import migrate
from collector.database.sessions import open_database
from collector.database.states import ClipState, Vote
from collector.database.tables import Participant, Prompt, Review, VoiceClip, now
from collector.people.consent import SpeechLicence, agree
from collector.prompts.assignment import assign
from collector.prompts.coverage import Coverage
from collector.prompts.intake import add_prompts
from collector.reviewing.assignment import give
from collector.reviewing.decision import TooSoonError, is_reputable, vote
from collector.reviewing.moderation import find_disputed, rule
from collector.settings import RuleSettings
from collector.texts.catalogue import Tongue, say
from ovoz.text.pack import load_pack

from .conftest import encode, read_pack, started

PACK = load_pack("uz-ru")
RULES = RuleSettings(min_listened_share=0, gold_share=0)


@dataclass
class Stage:
    """A speaker with clips in review, and listeners."""

    session: AsyncSession
    speaker: Participant
    listeners: list[Participant]
    clips: list[VoiceClip] = field(default_factory=list)

    async def vote(
        self, listener: int, given: Vote, text: str = "", rules: RuleSettings = RULES
    ) -> VoiceClip:
        review = await give(self.session, self.listeners[listener], rules)
        assert review is not None
        await vote(self.session, review, given, text, rules, PACK)
        return review.clip


def on_stage(folder: Path, act: Callable[[Stage], Awaitable[None]], clips: int = 1) -> None:
    async def play() -> None:
        transactions = open_database(f"sqlite+aiosqlite:///{folder / 'c.sqlite3'}")
        await migrate(transactions)
        async with transactions.begin() as session:
            await add_prompts(session, [read_pack()], PACK)
            people = [
                await agree(session, number, Tongue.UZBEK, SpeechLicence.CC0) for number in range(6)
            ]
            stage = Stage(session, people[0], people[1:])
            for _ in range(clips):
                clip = await assign(session, stage.speaker, Coverage(PACK), 9)
                assert clip is not None
                clip.state, clip.submitted_at = ClipState.IN_REVIEW, now()
                clip.transcript, clip.duration_s, clip.file_id = clip.prompt.text, 4.0, clip.id
                stage.clips.append(clip)
            await session.flush()
            await act(stage)
        await transactions.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        ((Vote.GOOD,), ClipState.IN_REVIEW),
        ((Vote.GOOD, Vote.GOOD), ClipState.ACCEPTED),
        ((Vote.GOOD, Vote.BAD), ClipState.IN_REVIEW),
        ((Vote.GOOD, Vote.BAD, Vote.BAD), ClipState.REJECTED),
        ((Vote.BAD, Vote.BAD), ClipState.REJECTED),
        ((Vote.SKIPPED, Vote.SKIPPED, Vote.GOOD, Vote.GOOD), ClipState.ACCEPTED),
        ((Vote.REPORTED,), ClipState.DISPUTED),
    ],
)
def test_two_of_three_decide(tmp_path: Path, votes: tuple[Vote, ...], state: ClipState) -> None:
    async def act(stage: Stage) -> None:
        for number, given in enumerate(votes):
            await stage.vote(number, given)
        assert stage.clips[0].state == state
        prompt = await stage.session.get_one(Prompt, stage.clips[0].prompt_id)
        await stage.session.refresh(prompt)
        assert prompt.taken == (0 if state == ClipState.REJECTED else 1)

    on_stage(tmp_path, act)


def test_corrections_agree_by_their_words(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.vote(0, Vote.CORRECTED, "Olma, sotib oldim.")
        clip = await stage.vote(1, Vote.CORRECTED, "olma sotib oldim")
        assert (clip.state, clip.transcript) == (ClipState.ACCEPTED, "olma sotib oldim")

    on_stage(tmp_path, act)


def test_a_correction_that_changes_no_word_says_good(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        text = stage.clips[0].transcript
        await stage.vote(0, Vote.GOOD)
        clip = await stage.vote(1, Vote.CORRECTED, text.upper() + "!")
        assert (clip.state, clip.transcript) == (ClipState.ACCEPTED, text)

    on_stage(tmp_path, act)


def test_three_opinions_go_to_a_moderator_and_become_known(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.vote(0, Vote.GOOD)
        await stage.vote(1, Vote.BAD)
        clip = await stage.vote(2, Vote.CORRECTED, "boshqa gap")
        assert clip.state == ClipState.DISPUTED
        moderator = stage.listeners[4]
        assert await find_disputed(stage.session, 0, moderator) is clip
        assert await find_disputed(stage.session, 0, stage.speaker) is None
        await rule(stage.session, clip, accept=True, transcript="boshqa gap edi")
        assert (clip.state, clip.transcript) == (ClipState.ACCEPTED, "boshqa gap edi")
        assert clip.is_gold

    on_stage(tmp_path, act)


def test_nobody_hears_their_own_or_the_same_again(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        assert await give(stage.session, stage.speaker, RULES) is None
        first = await give(stage.session, stage.listeners[0], RULES)
        again = await give(stage.session, stage.listeners[0], RULES)
        assert first is again is not None
        await vote(stage.session, first, Vote.GOOD, "", RULES, PACK)
        assert await give(stage.session, stage.listeners[0], RULES) is None

    on_stage(tmp_path, act)


def test_a_clip_goes_to_three_at_once_and_to_others_when_they_leave(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        given = [await give(stage.session, one, RULES) for one in stage.listeners]
        assert [review is not None for review in given] == [True, True, True, False, False]
        assert given[0] is not None
        given[0].given_at -= timedelta(minutes=RULES.review_minutes + 1)
        await stage.session.flush()
        assert await give(stage.session, stage.listeners[3], RULES) is not None

    on_stage(tmp_path, act)


def test_nobody_votes_before_listening(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        rules = RuleSettings(gold_share=0)
        review = await give(stage.session, stage.listeners[0], rules)
        assert review is not None
        with pytest.raises(TooSoonError):
            await vote(stage.session, review, Vote.GOOD, "", rules, PACK)
        review.given_at -= timedelta(seconds=4)
        await vote(stage.session, review, Vote.GOOD, "", rules, PACK)

    on_stage(tmp_path, act)


def test_votes_of_careless_listeners_do_not_count(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for clip in stage.clips[:4]:
            await rule(stage.session, clip, accept=False)
        all_gold = RuleSettings(min_listened_share=0, gold_share=0.999999)
        for _ in range(4):
            await stage.vote(0, Vote.GOOD, rules=all_gold)
            await stage.vote(1, Vote.BAD, rules=all_gold)
        assert not is_reputable(stage.listeners[0], RULES)
        assert is_reputable(stage.listeners[1], RULES)
        await stage.vote(0, Vote.BAD)
        await stage.vote(1, Vote.GOOD)
        clip = await stage.vote(2, Vote.GOOD)
        assert clip.state == ClipState.ACCEPTED
        uncounted = await stage.session.scalars(select(Review).where(Review.counts.is_(False)))
        assert {review.vote for review in uncounted if not review.clip.is_gold} == {Vote.BAD}

    on_stage(tmp_path, act, clips=5)


def test_review_and_moderation_over_telegram(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        bot = {"moderators": frozenset({3})}
        async with started(tmp_path, bot=bot, rules={"gold_wanted": 0}) as running:
            speaker, listener, moderator = (running.person(number) for number in (1, 2, 3))
            for person in (speaker, listener, moderator):
                await person.join()
            _, text = await speaker.take_prompt()
            await speaker.contribute(encode(spoken(text)))
            await speaker.until_text("Rahmat")
            listener.say("/review")
            heard = await listener.until(lambda sent: sent.method == "sendVoice")
            assert text in heard.text
            listener.press_button(heard, "corrected")
            await listener.until_text(say("ask_correction", Tongue.UZBEK))
            listener.say("boshqa gap")
            await listener.until_text(say("no_reviews", Tongue.UZBEK))
            listener.press_button(heard, "good")
            listener.say("/moderate")
            await listener.until_text(say("for_moderators", Tongue.UZBEK))
            moderator.say("/review")
            heard = await moderator.until(lambda sent: sent.method == "sendVoice")
            moderator.press_button(heard, "reported")
            await moderator.until_text(say("no_reviews", Tongue.UZBEK))
            moderator.say("/moderate")
            disputed = await moderator.until(lambda sent: sent.method == "sendVoice")
            assert "corrected 1" in disputed.text
            moderator.press_button(disputed, "m:block")
            await moderator.until_text(say("moderation_empty", Tongue.UZBEK))
            moderator.say("/stats")
            assert "rejected: 1" in (await moderator.until_text("participants: 3")).text
            speaker.say("/record")
            await speaker.until_text(say("blocked", Tongue.UZBEK))

    asyncio.run(scenario())
