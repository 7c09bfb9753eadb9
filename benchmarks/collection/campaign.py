"""A campaign: people, the bot as a process that is killed again and again, a loopback Bot API."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import yaml
from sqlalchemy import func, select

from benchmarks.collection.audit import Audit, Stored, audit_export, read_stored
from benchmarks.collection.bot_api import BotApi, Faults
from benchmarks.collection.bot_process import BotProcess
from benchmarks.collection.people import (
    Material,
    SimulatedListener,
    SimulatedModerator,
    SimulatedSpeaker,
)
from collector.database.sessions import Transactions, open_database
from collector.database.states import ClipState
from collector.database.tables import OutgoingMessage, VoiceClip
from collector.prompts.intake import PromptError, clean_prompt
from collector.storage.folder_store import FolderStore
from ovoz.text.pack import load_pack

FAULTS: Final = Faults(limited=0.01, dropped=0.01, broken=0.01, lost_answers=0.01)
_MODERATOR: Final = 999_999
_FIRST_LISTENER: Final = 100
_FIRST_SPEAKER: Final = 1000
_DIALECTS: Final = ("tashkent", "fergana", "khorezm", "unknown")
_VOTES_TO_AGREE: Final = 2
_REPORT_S: Final = 10.0
_SETTLING_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """How large a campaign is, and how long it may take."""

    speakers: int
    listeners: int
    clips: int
    """Of each speaker."""
    kill_every_s: float
    """On average; 0 for never."""
    flood: int
    """Updates of each twentieth speaker at the end; those over 300 a minute are dropped."""
    most_s: float
    """After so long people stop, wherever they are; what they sent is audited all the same."""


class SimulatedCampaign:
    """One campaign in a folder; a context that ends what it started."""

    def __init__(
        self, folder: Path, material: Material, plan: CampaignPlan, report: Callable[[str], None]
    ) -> None:
        self.api = BotApi(FAULTS)
        self.material = material
        self.kills = 0
        self._folder = folder
        self._plan = plan
        self._report = report
        self._random = random.Random(2)
        self._speakers: list[SimulatedSpeaker] = []
        self.bot = BotProcess(folder, self.api.url)

    async def __aenter__(self) -> Self:
        await self.api.start()
        self.bot = BotProcess(
            self._folder,
            self.api.url,
            MODERATORS=str(_MODERATOR),
            UPDATES_PER_MINUTE="300",
            MIN_LISTENED_SHARE="0",
            READS_PER_PROMPT="8",
            GOLD_WANTED="40",
            VOTES_TO_AGREE=str(_VOTES_TO_AGREE),
        )
        await self._add_prompts()
        await self.bot.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.bot.stop()
        await self.api.stop()

    async def run(self) -> None:
        """Let people come, speak and listen, until all is judged or the time is over."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as around:
            progress = around.create_task(self._report_progress())
            if self._plan.kill_every_s:
                around.create_task(self._kill_again_and_again(over))
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._plan.most_s):
                        await self._collect()
            finally:
                progress.cancel()
                over.set()
        await self._settle()

    async def audit(self) -> list[str]:
        """Every difference between what people did and saw, and what is stored and exported."""
        stored = await self.read()
        await self.bot.call("export", "exported")
        return [
            *Audit(self.api, stored, _VOTES_TO_AGREE).find(),
            *audit_export(stored, self._folder / "exported"),
        ]

    async def read(self) -> Stored:
        """What is stored."""
        database = self._open()
        try:
            return await read_stored(database, FolderStore(self._folder / ".ovoz/collector/audio"))
        finally:
            await database.close()

    def _open(self) -> Transactions:
        file = self._folder / ".ovoz/collector/collector.sqlite3"
        return open_database(f"sqlite+aiosqlite:///{file}")

    async def _add_prompts(self) -> None:
        """The texts of the recordings as a pack; recordings go by the text as it is shown."""
        pack = {"name": "crowd", "language": "uz", "prompts": list(self.material.by_text)}
        (self._folder / "pack.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), "utf-8")
        await self.bot.call("prompts", "add", "pack.yaml")
        language = load_pack("uz-ru")
        shown: dict[str, list[bytes]] = {}
        for text, recordings in self.material.by_text.items():
            with suppress(PromptError):
                shown.setdefault(clean_prompt(text, language), []).extend(recordings)
        self.material.by_text = shown

    async def _kill_again_and_again(self, over: asyncio.Event) -> None:
        """Kill and start again until the end, which waits for the last start."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    over.wait(), self._random.uniform(0.3, 2 * self._plan.kill_every_s)
                )
                return
            await self.bot.kill()
            self.kills += 1
            await self.bot.start()

    async def _report_progress(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(_REPORT_S)
            submitted = sum(speaker.submitted for speaker in self._speakers)
            self._report(
                f"{time.monotonic() - began:.0f} s: {submitted} of"
                f" {self._plan.speakers * self._plan.clips} submitted, {self.kills} kills,"
                f" {self.api.waiting} updates wait"
            )

    async def _collect(self) -> None:
        """All people at once; listeners go on until the speakers have ended and nothing is left."""
        spoken, judged = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as people:
            people.create_task(self._moderate(judged))
            listening = [
                people.create_task(self._listen(number, spoken))
                for number in range(self._plan.listeners)
            ]
            speaking = [
                people.create_task(self._speak(number)) for number in range(self._plan.speakers)
            ]
            await asyncio.gather(*speaking)
            spoken.set()
            await asyncio.gather(*listening)
            judged.set()

    async def _speak(self, number: int) -> None:
        speaker = SimulatedSpeaker(self.api, _FIRST_SPEAKER + number, self.material)
        self._speakers.append(speaker)
        await speaker.join(_DIALECTS[number % len(_DIALECTS)])
        await speaker.speak(self._plan.clips)
        if number % 20 == 0:  # somebody who floods
            for _ in range(self._plan.flood):
                self.api.text(speaker.number, "spam", "en")

    async def _listen(self, number: int, ended: asyncio.Event) -> None:
        listener = SimulatedListener(self.api, _FIRST_LISTENER + number, self.material)
        listener.accuracy = 0.5 if number % 10 == 9 else 0.95  # a tenth of them guess
        await listener.join(_DIALECTS[number % len(_DIALECTS)])
        await listener.listen(ended)

    async def _moderate(self, judged: asyncio.Event) -> None:
        moderator = SimulatedModerator(self.api, _MODERATOR, self.material)
        await moderator.join("unknown")
        await moderator.moderate(judged)

    async def _settle(self) -> None:
        """Wait until every update is confirmed, every voice checked and every message sent."""
        database = self._open()
        try:
            async with asyncio.timeout(_SETTLING_S):
                while await self._is_busy(database):
                    await asyncio.sleep(0.5)
        finally:
            await database.close()

    async def _is_busy(self, database: Transactions) -> bool:
        async with database.begin() as session:
            received = select(func.count()).where(VoiceClip.state == ClipState.RECEIVED)
            messages = select(func.count()).select_from(OutgoingMessage)
            left = (await session.scalar(received), await session.scalar(messages))
        return any(left) or self.api.waiting > 0


def count_outcomes(stored: Stored, material: Material, api: BotApi) -> dict[str, Counter[str]]:
    """What became of each kind of recording: states, refusals with their reason."""
    outcomes: dict[str, Counter[str]] = {}
    for clip in stored.clips:
        if clip.file_id:
            kind = str(material.truth[api.files[clip.file_id]])
            outcomes.setdefault(kind, Counter())[f"{clip.state} {clip.reason}".strip()] += 1
    return outcomes
