"""SIGKILL in every state of the talk: people go on, and nothing is lost or doubled."""

import asyncio
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest
from aiohttp import web

from benchmarks.collection.audit import Audit, read_stored
from benchmarks.collection.bot_api import TOKEN, BotApi, Sent
from collector.database.migrate import migrate
from collector.database.sessions import open_database
from collector.database.states import SUBMITTED, ClipState
from collector.prompts.intake import add_prompts
from collector.storage.folder_store import FolderStore
from collector.texts.catalogue import Tongue, current_consent, say
from ovoz.text.pack import load_pack

from .conftest import PATIENCE_S, SENTENCES, Person, encode, read_pack
from .forked_bot import ForkedBot

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
MODERATOR = 3
SAID = "men bugun bozordan ikki kilo olma sotib oldim dedim"


class Moment(StrEnum):
    GIVEN = "given"
    """The update was given to the bot, which is at work on it."""
    BEFORE = "before"
    """The bot has handled it; its answer does not reach the chat."""
    AFTER = "after"
    """The answer is in the chat, and the bot does not know it."""


class KillingApi(BotApi):
    """Kills the bot at a moment of what it does next for one chat."""

    def __init__(self, moment: Moment) -> None:
        super().__init__()
        self.moment = moment
        self.kill: Callable[[], None] = lambda: None
        self.killed = asyncio.Event()
        self._trap: tuple[int, str] | None = None
        self._kills = 0

    def set_trap(self, chat: int, method: str = "send") -> None:
        self.killed.clear()
        self._trap = chat, method

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method == "getUpdates":
            # The trap may be set while the bot waits for updates.
            answer = await super()._call(request)
            if self.moment is Moment.GIVEN and self._trap is not None and self.waiting:
                # The answer goes out first; the bot dies at another place each time.
                self._kills += 1
                asyncio.get_running_loop().call_later(0.003 * (self._kills % 8), self._spring)
            return answer
        if self._trap is None or self.moment is Moment.GIVEN:
            return await super()._call(request)
        chat, wanted = self._trap
        ours = method.startswith(wanted) and int((await request.post())["chat_id"]) == chat
        if self.moment is Moment.BEFORE and ours:
            self._spring()
            return web.Response(status=500)
        answer = await super()._call(request)
        if self.moment is Moment.AFTER and ours:
            self._spring()
        return answer

    def _spring(self) -> None:
        if self._trap is not None:
            self._trap = None
            self.kill()
            self.killed.set()


class Story:
    """People who use a bot that is killed at everything that they do."""

    def __init__(self, api: KillingApi, bot: ForkedBot) -> None:
        self._api = api
        self._bot = bot
        self._taken: list[Sent] = []

    async def go_on(
        self,
        person: Person,
        act: Callable[[], object],
        wanted: Callable[[Sent], bool],
        *,
        stranger: bool = False,
        then: str = "",
    ) -> Sent:
        """Kill the bot at what it does after ``act``, start it; the message that is wanted.

        A stranger asks again: nothing of theirs is stored, so no answer either. With ``then`` the
        bot is killed once more, at the next call of that method.
        """
        self._api.set_trap(person.number)
        act()
        await asyncio.wait_for(self._api.killed.wait(), PATIENCE_S)
        if then and self._api.moment is not Moment.GIVEN:
            self._api.set_trap(person.number, then)
            await self._bot.start()
            await asyncio.wait_for(self._api.killed.wait(), PATIENCE_S)
        await self._bot.start()
        if stranger:
            act()
        sent = await person.until(lambda sent: wanted(sent) and not self._is_taken(sent))
        self._taken.append(sent)
        return sent

    def _is_taken(self, sent: Sent) -> bool:
        """Whether a message came before: after a kill it may come twice."""
        return any(
            (one.chat, one.text, one.buttons) == (sent.chat, sent.text, sent.buttons)
            for one in self._taken
        )


def has(prefix: str) -> Callable[[Sent], bool]:
    return lambda sent: any(data.startswith(prefix) for data in sent.buttons.values())


def tells(key: str, **values: object) -> Callable[[Sent], bool]:
    return lambda sent: sent.text == say(key, Tongue.UZBEK, **values)


@pytest.mark.parametrize("moment", list(Moment))
def test_kills_in_every_state_lose_and_double_nothing(
    tmp_path: Path, spoken, moment: Moment
) -> None:
    database_url = f"sqlite+aiosqlite:///{tmp_path / 'collector.sqlite3'}"
    store = FolderStore(tmp_path / "audio")

    async def scenario() -> None:
        api = KillingApi(moment)
        await api.start()
        variables = {
            "TOKEN": TOKEN,
            "API_URL": api.url,
            "LISTEN_PORT": "0",
            "POLL_S": "1",
            "DATABASE_URL": database_url,
            "AUDIO": str(tmp_path / "audio"),
            "MODERATORS": str(MODERATOR),
            "MESSAGES_PER_SECOND": "1000",
            "MIN_LISTENED_SHARE": "0",
            "GOLD_SHARE": "0",
            "GOLD_WANTED": "0",
        }
        ours = {f"OVOZ_COLLECTOR_{name}": value for name, value in variables.items()}
        bot = ForkedBot(tmp_path, ours)
        api.kill = bot.kill
        transactions = open_database(database_url)
        await migrate(transactions)
        async with transactions.begin() as session:
            packs = (
                read_pack(SENTENCES[:1], name="read"),
                read_pack(("oilangiz haqida gapirib bering",), name="own", task="own_words"),
            )
            await add_prompts(session, packs, load_pack("uz-ru"))
        await bot.start()
        speaker, listener = Person(api, 1), Person(api, 2)
        moderator = Person(api, MODERATOR)
        await listener.join()
        await moderator.join()
        try:
            await tell(Story(api, bot), speaker, listener, moderator)
            while api.waiting:
                await asyncio.sleep(0.05)
            stored = await read_stored(transactions, store)
            assert Audit(api, stored, votes_to_agree=2).find() == []
            check(stored)
            await leave(Story(api, bot), speaker)
            while list(store.list_keys()) or api.waiting:
                await asyncio.sleep(0.05)
            stored = await read_stored(transactions, store)
            assert {one.telegram_id for one in stored.participants.values()} == {2, MODERATOR}
            assert not stored.clips
            assert not any(prompt.taken for prompt in stored.prompts)
        finally:
            bot.kill()
            await api.stop()
            await transactions.close()

    async def tell(story: Story, speaker: Person, listener: Person, moderator: Person) -> None:
        version = current_consent().version
        agreement = f"a:{Tongue.UZBEK}:CC0-1.0:{version}"
        await story.go_on(speaker, lambda: speaker.say("/start"), has("t:"), stranger=True)
        await story.go_on(speaker, lambda: speaker.press("t:uz"), has("a:"), stranger=True)
        await story.go_on(speaker, lambda: speaker.press(agreement), has("p:dialect"))
        await story.go_on(speaker, lambda: speaker.press("p:dialect:khorezm"), has("p:region"))
        await story.go_on(speaker, lambda: speaker.say("Xorazm"), has("p:gender"))
        await story.go_on(speaker, lambda: speaker.press("p:gender:female"), has("p:age"))
        await story.go_on(speaker, lambda: speaker.press("p:age:25-34"), has("n:record"))
        await story.go_on(speaker, lambda: speaker.say("/nickname"), tells("ask_nickname"))
        named = tells("nickname_set", nickname="laylo")
        await story.go_on(speaker, lambda: speaker.say("laylo"), named)

        await story.go_on(speaker, lambda: speaker.say("/record"), has("c:other"))
        for voice in (0, 1):
            audio = encode(spoken(SENTENCES[0 if voice == 0 else 5], voice))
            heard = await story.go_on(
                speaker,
                lambda audio=audio: speaker.send(audio),  # type: ignore[misc]
                has("c:submit"),
                then="sendVoice",
            )
            # What is wanted next: the second prompt, and then what was said of it.
            following = has("c:other") if voice == 0 else tells("ask_transcript")
            await story.go_on(
                speaker,
                lambda heard=heard: speaker.press_button(heard, "submit"),  # type: ignore[misc]
                following,
            )
        submitted = tells("submitted", today=2, total=2)
        await story.go_on(speaker, lambda: speaker.say("oilam haqida"), submitted)

        heard = await story.go_on(listener, lambda: listener.say("/review"), has("v:"))
        await story.go_on(
            listener, lambda: listener.press_button(heard, "v:corrected"), tells("ask_correction")
        )
        second = await story.go_on(listener, lambda: listener.say(SAID), has("v:"))
        await story.go_on(
            listener, lambda: listener.press_button(second, "v:reported"), tells("no_reviews")
        )
        disputed = await story.go_on(moderator, lambda: moderator.say("/moderate"), has("m:"))
        await story.go_on(
            moderator,
            lambda: moderator.press_button(disputed, "m:correct"),
            tells("ask_correction"),
        )
        await story.go_on(
            moderator, lambda: moderator.say("oilam katta"), tells("moderation_empty")
        )

    async def leave(story: Story, speaker: Person) -> None:
        await story.go_on(speaker, lambda: speaker.say("/forget"), has("f:1"))
        # The last answer is of somebody who is not there any more: it is stored nowhere.
        story._api.set_trap(speaker.number)
        speaker.press("f:1")
        await asyncio.wait_for(story._api.killed.wait(), PATIENCE_S)
        await story._bot.start()
        speaker.say("/mydata")
        await speaker.until(tells("nothing_stored"))

    def check(stored) -> None:
        (speaker,) = (one for one in stored.participants.values() if one.telegram_id == 1)
        told = (speaker.dialect, speaker.region, speaker.gender, speaker.age_band, speaker.nickname)
        assert told == ("khorezm", "Xorazm", "female", "25-34", "laylo")
        assert len(speaker.consents) == 1
        assert Counter(clip.state for clip in stored.clips) == {
            ClipState.IN_REVIEW: 1,
            ClipState.ACCEPTED: 1,
        }
        assert all(clip.state in SUBMITTED for clip in stored.clips)
        assert {clip.transcript for clip in stored.clips} == {SENTENCES[0], "oilam katta"}
        assert Counter(str(review.vote) for review in stored.reviews) == {
            "corrected": 1,
            "reported": 1,
        }
        assert {review.transcript for review in stored.reviews} == {SAID, ""}

    asyncio.run(scenario())
