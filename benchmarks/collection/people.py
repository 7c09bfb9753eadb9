"""Simulated speakers, listeners and a moderator, who send and judge real recordings."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from benchmarks.collection.bot_api import BotApi, Sent
from benchmarks.collection.encoding import encode_opus
from collector.people.consent import SpeechLicence
from collector.texts.catalogue import Tongue, current_consent, say
from ovoz.audio.decode import decode

_PATIENCE_S: Final = 20.0
_TONGUE: Final = Tongue.ENGLISH


class Kind(StrEnum):
    """What a voice message is."""

    GOOD = "good"
    SILENT = "silent"
    CUT = "cut"
    WRONG = "wrong text"
    DUPLICATE = "duplicate"
    FORWARDED = "forwarded"


SHARES: Final = {
    Kind.GOOD: 0.72,
    Kind.SILENT: 0.05,
    Kind.CUT: 0.07,
    Kind.WRONG: 0.08,
    Kind.DUPLICATE: 0.06,
    Kind.FORWARDED: 0.02,
}


@dataclass
class Material:
    """Real recordings by their text, and the truth about everything that was sent."""

    by_text: dict[str, list[bytes]]
    random: random.Random
    truth: dict[bytes, Kind] = field(default_factory=dict)
    sent: Counter[Kind] = field(default_factory=Counter)
    used: list[bytes] = field(default_factory=list)

    def draw(self, text: str, kind: Kind) -> tuple[bytes, Kind] | None:
        """A recording for a text; None where there is no other one of it."""
        other = self.random.choice(list(self.by_text))
        source = self.by_text.get(other if kind is Kind.WRONG else text) or []
        if kind is Kind.SILENT:
            noise = np.random.default_rng(self.random.randrange(1 << 30)).standard_normal(48_000)
            return encode_opus((noise * 2e-4).astype(np.float32)), kind
        if kind is Kind.DUPLICATE and self.used:
            samples = decode(self.random.choice(self.used))
            return encode_opus(0.8 * samples[self.random.randrange(4000) :]), kind
        if not source or (kind is Kind.WRONG and other == text):
            return None
        audio = source.pop()
        if kind is Kind.CUT:
            samples = decode(audio)
            return encode_opus(samples[: int(len(samples) * 0.55)]), kind
        return audio, Kind.GOOD if kind is Kind.DUPLICATE else kind


@dataclass
class Human:
    """Somebody who waits for answers, and asks again when none comes."""

    api: BotApi
    number: int
    material: Material

    async def next(self) -> Sent | None:
        """The next message of the bot; None where none comes."""
        try:
            return await asyncio.wait_for(self.api.inbox[self.number].get(), _PATIENCE_S)
        except TimeoutError:
            return None

    async def ask(self, text: str, prefix: str) -> Sent:
        """Write a text until a message with such a button comes."""
        while True:
            self.api.text(self.number, text, "en")
            while (sent := await self.next()) is not None:
                if _button(sent, prefix):
                    return sent

    def press(self, sent: Sent, prefix: str) -> None:
        """Press the button whose data begins so."""
        self.api.press(self.number, _button(sent, prefix), "en")

    async def join(self, dialect: str) -> None:
        """Agree, and answer the questions."""
        sent: Sent | None = None
        while sent is None or not _button(sent, "p:dialect"):
            licence = self.material.random.choice(list(SpeechLicence))
            agreed = f"a:{_TONGUE}:{licence}:{current_consent().version}"
            if sent is None:
                self.api.press(self.number, agreed, "en")
            sent = await self.next()
            if sent is None:
                self.api.text(self.number, "/profile", "en")
                sent = await self.next()
        for question in (f"p:dialect:{dialect}", "p:region:", "p:gender:male", "p:age:25"):
            while not _button(sent, question.rpartition(":")[0]):
                sent = await self.next() or await self.ask("/profile", "p:dialect")
            self.press(sent, question)
        await self.next()


def _button(sent: Sent, prefix: str) -> str:
    return next((data for data in sent.buttons.values() if data.startswith(prefix)), "")


@dataclass
class SimulatedSpeaker(Human):
    """Reads prompts, mostly well; sends again what was refused.

    A message that comes twice after a kill is of a clip that this speaker is done with: it is
    passed over, as people do who remember what they have just read.
    """

    submitted: int = 0
    read: set[str] = field(default_factory=set)
    """Clips whose prompt was answered by a voice, or by a wish for another one."""
    judged: set[str] = field(default_factory=set)
    """Clips that were heard and submitted."""

    async def speak(self, clips: int) -> None:
        """Submit so many clips."""
        tries = 0
        sent = await self._ask_for_prompt()
        while self.submitted < clips and tries < 6 * clips:
            tries += 1
            if submit := _button(sent, "c:submit"):
                self.judged.add(_clip(submit))
                self.press(sent, "c:submit")
                self.submitted += 1
                sent = await self._wait_for_task()
                continue
            self.read.add(_clip(_button(sent, "c:other")))
            text = sent.text.rpartition("\n\n")[2]
            kind = self.material.random.choices(list(SHARES), list(SHARES.values()))[0]
            drawn = self.material.draw(text, kind)
            if drawn is None:
                self.press(sent, "c:other")
                sent = await self._wait_for_task()
            else:
                sent = await self._send(sent, *drawn)

    async def _send(self, prompt: Sent, audio: bytes, kind: Kind) -> Sent:
        """Send a recording; returns the message that follows from it."""
        material = self.material
        material.sent[kind] += 1
        material.truth[audio] = kind
        if kind is Kind.GOOD:
            material.used.append(audio)
        number = self.api.voice(self.number, audio, 3, forwarded=kind is Kind.FORWARDED)
        message = self.api.pushed[number]["message"]["message_id"]
        while (sent := await self.next()) is not None:
            if self._is_task(sent):
                return sent
            if sent.quoted == message and sent.text != say("checking", _TONGUE):
                # Not taken: the prompt is open still.
                self.read.discard(_clip(_button(prompt, "c:other")))
                break
        return await self._ask_for_prompt()

    async def _wait_for_task(self) -> Sent:
        while (sent := await self.next()) is not None:
            if self._is_task(sent):
                return sent
        return await self._ask_for_prompt()

    async def _ask_for_prompt(self) -> Sent:
        while True:
            self.api.text(self.number, "/record", "en")
            while (sent := await self.next()) is not None:
                if self._is_task(sent):
                    return sent
            # No answer, or answers to what is done with.

    def _is_task(self, sent: Sent) -> bool:
        """Whether a message shows a prompt to read or a clip to judge that is new."""
        if submit := _button(sent, "c:submit"):
            return _clip(submit) not in self.judged
        other = _button(sent, "c:other")
        return bool(other) and _clip(other) not in self.read


def _clip(data: str) -> str:
    return data.rpartition(":")[2]


class SimulatedListener(Human):
    """Hears the truth, except for a share of the clips."""

    accuracy: float = 0.95

    async def listen(self, ended: asyncio.Event) -> int:
        """Vote until nothing more is to be heard; returns how often."""
        votes = 0
        self.api.text(self.number, "/review", "en")
        while True:
            sent = await self.next()
            if sent is not None and _button(sent, "v:"):
                right = self.material.random.random() < self.accuracy
                good = self.material.truth.get(self.api.files.get(sent.voice, b"")) is Kind.GOOD
                self.press(sent, "v:good" if good == right else "v:bad")
                votes += 1
            elif sent is None or sent.text == say("no_reviews", _TONGUE):
                if ended.is_set():
                    return votes
                await asyncio.sleep(1)
                self.api.text(self.number, "/review", "en")


class SimulatedModerator(Human):
    """Decides by the truth."""

    async def moderate(self, ended: asyncio.Event) -> int:
        """Decide until nothing more is disputed; returns how often."""
        rulings = 0
        self.api.text(self.number, "/moderate", "en")
        while True:
            sent = await self.next()
            if sent is not None and _button(sent, "m:"):
                good = self.material.truth.get(self.api.files.get(sent.voice, b"")) is Kind.GOOD
                self.press(sent, "m:accept" if good else "m:reject")
                rulings += 1
            elif sent is None or sent.text == say("moderation_empty", _TONGUE):
                if ended.is_set():
                    return rulings
                await asyncio.sleep(1)
                self.api.text(self.number, "/moderate", "en")
