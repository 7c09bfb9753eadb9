"""A running collector before a loopback Bot API, and clips to send."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("aiogram", reason="the collector is an extra of its own")

from benchmarks.collection.bot_api import TOKEN, BotApi, Sent
from collector.bot.app import Collector, open_collector
from collector.bot.background import keep_running
from collector.bot.polling import Polling
from collector.people.consent import SpeechLicence
from collector.prompts.intake import add_prompts
from collector.prompts.packs import PromptPack
from collector.settings import (
    BotSettings,
    CheckSettings,
    CollectorSettings,
    RecogniserSettings,
    RuleSettings,
    StorageSettings,
)
from collector.texts.catalogue import Tongue, current_consent
from ovoz.audio.signal import Samples
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import cast
from ovoz.text.pack import load_pack

PATIENCE_S = 60
SENTENCES = (
    "men bugun bozordan ikki kilo olma sotib oldim",
    "ertaga ertalab soat yettida uchrashamiz",
    "bolalar hovlida koptok oʻynab yuribdi",
    "buvim har yili qishga qovun quritib qoʻyadi",
    "shahar markaziga qaysi yoʻl bilan borsam boʻladi",
    "telefonimning quvvati tugab qoldi keyinroq gaplashamiz",
    "derazani yoping xona sovib ketdi",
    "avtobus kechikkani uchun ishga kech bordim",
)


def encode(samples: Samples) -> bytes:
    """The bytes of an Ogg file with Opus, as Telegram sends them."""
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="OGG", subtype="OPUS")
    return file.getvalue()


@pytest.fixture(scope="session")
def spoken() -> Callable[[str, int], Samples]:
    """Synthetic speech by text and voice."""
    pytest.importorskip("espeakng_loader", reason="synthetic speech needs the training extra")
    speaker, (voices,) = Speaker(), cast(1, 20)
    kept: dict[tuple[str, int], Samples] = {}

    def speak(text: str, voice: int = 0) -> Samples:
        if (text, voice) not in kept:
            pause = np.zeros(4800, dtype=np.float32)
            said = speaker.say(text, voices[voice])
            noise = np.random.default_rng(voice).standard_normal(len(said) + 9600) * 1e-3
            kept[text, voice] = (np.concatenate([pause, said, pause]) + noise).astype(np.float32)
        return kept[text, voice]

    return speak


class Person:
    """Somebody who uses the bot; every wait has an end."""

    def __init__(self, api: BotApi, number: int, language: str = "uz") -> None:
        self.api = api
        self.number = number
        self.language = language
        self.seen: list[Sent] = []

    async def next(self) -> Sent:
        """The next message of the bot."""
        async with asyncio.timeout(PATIENCE_S):
            sent = await self.api.inbox[self.number].get()
        self.seen.append(sent)
        return sent

    async def until(self, wanted: Callable[[Sent], bool]) -> Sent:
        """The next message that is wanted; others before it are passed over."""
        while not wanted(sent := await self.next()):
            continue
        return sent

    async def until_text(self, part: str) -> Sent:
        return await self.until(lambda sent: part in sent.text)

    def say(self, text: str) -> int:
        return self.api.text(self.number, text, self.language)

    def press(self, data: str) -> int:
        return self.api.press(self.number, data, self.language)

    def press_button(self, sent: Sent, action: str) -> int:
        """Press the button whose data has this part."""
        (data,) = [data for data in sent.buttons.values() if action in data]
        return self.press(data)

    def send(self, audio: bytes, duration_s: float = 3.0, **more: Any) -> int:
        return self.api.voice(self.number, audio, duration_s, **more)

    async def join(
        self,
        licence: SpeechLicence = SpeechLicence.CC0,
        tongue: Tongue = Tongue.UZBEK,
        dialect: str = "tashkent",
    ) -> None:
        """Agree, and answer the questions."""
        self.press(f"a:{tongue}:{licence}:{current_consent().version}")
        self.press_button(await self.until(_asks("dialect")), f"dialect:{dialect}")
        self.press_button(await self.until(_asks("region")), "region:")
        self.press_button(await self.until(_asks("gender")), "gender:female")
        self.press_button(await self.until(_asks("age")), "25-34")
        await self.until(lambda sent: any(data == "n:record" for data in sent.buttons.values()))

    async def take_prompt(self) -> tuple[Sent, str]:
        """Ask for a prompt; the message and the text to read."""
        self.say("/record")
        sent = await self.until(lambda sent: any("c:other" in d for d in sent.buttons.values()))
        return sent, sent.text.partition("\n\n")[2]

    async def contribute(self, audio: bytes) -> None:
        """Send a voice for the open prompt, hear it, and submit it."""
        self.send(audio)
        self.press_button(await self.until(lambda sent: sent.method == "sendVoice"), "submit")


def _asks(question: str) -> Callable[[Sent], bool]:
    return lambda sent: any(f"p:{question}:" in data for data in sent.buttons.values())


@dataclass
class Running:
    """The collector and what is around it."""

    api: BotApi
    collector: Collector

    def person(self, number: int, language: str = "uz") -> Person:
        return Person(self.api, number, language)


def make_settings(folder: Path, api_url: str, **groups: dict[str, Any]) -> CollectorSettings:
    bot = {"token": TOKEN, "api_url": api_url, "messages_per_second": 1000, "poll_s": 1}
    return CollectorSettings(
        bot=BotSettings(**bot | {"updates_per_minute": 100_000} | groups.get("bot", {})),
        storage=StorageSettings(
            **{
                "database_url": f"sqlite+aiosqlite:///{folder / 'collector.sqlite3'}",
                "audio": str(folder / "audio"),
            }
            | groups.get("storage", {})
        ),
        checks=CheckSettings(**groups.get("checks", {})),
        recogniser=RecogniserSettings(**groups.get("recogniser", {})),
        rules=RuleSettings(**{"min_listened_share": 0, "gold_share": 0} | groups.get("rules", {})),
    )


def read_pack(sentences: tuple[str, ...] = SENTENCES, **more: Any) -> PromptPack:
    return PromptPack(**{"name": "test", "language": "uz", "prompts": sentences} | more)


@asynccontextmanager
async def started(
    folder: Path, packs: tuple[PromptPack, ...] = (), api: BotApi | None = None, **groups: Any
) -> AsyncIterator[Running]:
    """A collector that polls, listens and sends in this process."""
    async with AsyncExitStack() as stack:
        if api is None:
            api = BotApi()
            await api.start()
            stack.push_async_callback(api.stop)
        settings = make_settings(folder, api.url, **groups)
        collector = await stack.enter_async_context(open_collector(settings))
        async with collector.transactions.begin() as session:
            await add_prompts(session, packs or (read_pack(),), load_pack("uz-ru"))
        works = {
            "polling": Polling(collector.bot, collector.handler, settings.bot.poll_s).run,
            "sender": collector.sender.run,
            "listener": collector.listener.run,
            "upkeep": collector.keep_up,
        }
        tasks = [asyncio.create_task(keep_running(*work)) for work in works.items()]
        try:
            yield Running(api, collector)
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)


async def settled(running: Running) -> None:
    """Wait until every update is confirmed and every message sent and every clip looked at."""
    from sqlalchemy import func, select

    from collector.database.states import ClipState
    from collector.database.tables import Deletion, OutgoingMessage, VoiceClip

    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with running.collector.transactions.begin() as session:
                left = [
                    await session.scalar(select(func.count()).select_from(OutgoingMessage)),
                    await session.scalar(select(func.count()).select_from(Deletion)),
                    await session.scalar(
                        select(func.count(VoiceClip.id)).where(
                            VoiceClip.state == ClipState.RECEIVED
                        )
                    ),
                    running.api.waiting,
                ]
            if not any(left):
                return
            await asyncio.sleep(0.02)


async def scrubbed(running: Running) -> None:
    """Wait until the collector has rid its database's files of those who were forgotten."""
    from sqlalchemy import select

    from collector.database.tables import AuditEntry

    running.collector.services.deleting.set()  # upkeep would come by itself within a minute
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with running.collector.transactions.begin() as session:
                events = (
                    await session.scalars(select(AuditEntry.event).order_by(AuditEntry.id))
                ).all()
            if [event for event in events if event != "agreed"][-1:] == ["scrubbed"]:
                return
            await asyncio.sleep(0.02)
