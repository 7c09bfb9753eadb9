"""Holds what a collection stored against what people did and were told.

The loopback Bot API knows every update that a person sent and every message that reached a chat.
From these alone follows what the database, the store and the export must hold.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from benchmarks.collection.bot_api import BotApi, Sent
from collector.database.sessions import Transactions
from collector.database.states import SUBMITTED, TAKEN, ClipState, Vote
from collector.database.tables import HandledUpdate, Participant, Prompt, Review, VoiceClip
from collector.storage.audio_store import AudioStore
from collector.texts.catalogue import Tongue, say
from collector.upkeep.export import TABLE

_STORED: Final = (ClipState.CHECKED, *SUBMITTED)
_VERDICTS: Final = ("c:submit", "c:again", "c:other")
_TAKEN_ANSWERS: Final = {say("checking", tongue) for tongue in Tongue}
_SLOW_DOWN: Final = {say("slow_down", tongue) for tongue in Tongue}


@dataclass(frozen=True, slots=True)
class SentVoice:
    """A voice message as its sender knows it."""

    person: int
    message: int
    file_id: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed; ``number`` counts as :attr:`Sent.number` does."""

    person: int
    number: int
    action: str
    clip: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that the collector has."""

    participants: Mapping[str, Participant]
    clips: Sequence[VoiceClip]
    reviews: Sequence[Review]
    prompts: Sequence[Prompt]
    handled: Collection[int]
    audio: Mapping[str, str]
    """SHA-256 by name in the store."""

    def number_of(self, participant_id: str | None) -> int:
        """Telegram's number of a participant; 0 for nobody."""
        return self.participants[participant_id].telegram_id if participant_id else 0


class Audit:
    """One comparison, when nothing is on its way any more."""

    def __init__(self, api: BotApi, stored: Stored, votes_to_agree: int) -> None:
        self._api = api
        self._stored = stored
        self._votes_to_agree = votes_to_agree
        self._told: dict[int, list[Sent]] = defaultdict(list)
        for sent in api.history:
            self._told[sent.chat].append(sent)
        self._presses: dict[str, list[Press]] = defaultdict(list)
        for press in _list_presses(api):
            self._presses[press.clip].append(press)

    def find(self) -> list[str]:
        """Every difference, in words; none where all is as people did and saw it."""
        return [
            *self._find_unhandled(),
            *self._find_lost_voices(),
            *self._find_wrong_states(),
            *self._find_wrong_audio(),
            *self._find_wrong_votes(),
            *self._find_wrong_decisions(),
            *self._find_wrong_counts(),
        ]

    def _find_unhandled(self) -> Iterator[str]:
        """Updates that were confirmed, yet not handled; those of a flood are dropped by design."""
        for number, update in self._api.pushed.items():
            event = update.get("message") or update.get("callback_query") or {}
            person = event["from"]["id"]
            if number not in self._stored.handled and not self._has_flooded(person):
                yield f"update {number} of {person} was confirmed and not handled"

    def _find_lost_voices(self) -> Iterator[str]:
        """Each voice has one answer; one that was taken is one clip, any other is none."""
        clips = Counter(clip.file_id for clip in self._stored.clips if clip.file_id)
        voices = list(_list_voices(self._api))
        for voice in voices:
            answers = {
                sent.text for sent in self._told[voice.person] if sent.quoted == voice.message
            }
            taken, found = bool(answers & _TAKEN_ANSWERS), clips[voice.file_id]
            if not answers and not self._has_flooded(voice.person):
                yield f"voice {voice.message} of {voice.person} has no answer"
            if len(answers) > 1:
                yield f"voice {voice.message} of {voice.person} was answered as {sorted(answers)}"
            if found != int(taken):
                yield f"voice {voice.message} of {voice.person} is {found} clips, taken: {taken}"
        for file_id in clips.keys() - {voice.file_id for voice in voices}:
            yield f"a clip has the file {file_id}, which nobody sent"

    def _find_wrong_states(self) -> Iterator[str]:
        """A clip is where its speaker saw it go: refused, heard, confirmed, or given up."""
        refused: Counter[tuple[int, str]] = Counter()
        for clip in self._stored.clips:
            speaker = self._stored.number_of(clip.participant_id)
            if not clip.file_id:
                continue
            if clip.state == ClipState.REFUSED:
                refused[speaker, clip.reason] += 1
                continue
            expected = self._expect_states(speaker, clip)
            if clip.state not in expected:
                yield f"clip {clip.id} of {speaker} is {clip.state}, its speaker saw {expected}"
        for (speaker, reason), number in refused.items():
            words = {say(f"refused_{reason}", tongue) for tongue in Tongue}
            told = sum(sent.text.partition("\n\n")[0] in words for sent in self._told[speaker])
            if told < number:
                yield f"{speaker} was told {told} of {number} times: {reason}"

    def _expect_states(self, speaker: int, clip: VoiceClip) -> Sequence[ClipState]:
        heard = [
            sent.number
            for sent in self._told[speaker]
            if f"c:submit:{clip.id}" in sent.buttons.values()
        ]
        if not heard:
            return ()
        verdicts = [
            press.action
            for press in self._presses[clip.id]
            if press.person == speaker and press.number > heard[0] and press.action in _VERDICTS
        ]
        if not verdicts:
            return (ClipState.CHECKED,)
        return SUBMITTED if verdicts[0] == "c:submit" else (ClipState.SKIPPED,)

    def _find_wrong_audio(self) -> Iterator[str]:
        """Stored audio is what was sent, once, and of a clip that is there."""
        kept = {clip.audio_key: clip for clip in self._stored.clips if clip.state in _STORED}
        for key, clip in kept.items():
            sent = hashlib.sha256(self._api.files[clip.file_id]).hexdigest()
            if self._stored.audio.get(key) != sent:
                yield f"clip {clip.id} has no audio, or other audio than was sent"
        for key in self._stored.audio.keys() - kept.keys():
            yield f"{key} is in the store and of no clip"
        for digest, number in Counter(self._stored.audio.values()).items():
            if number > 1:
                yield f"audio {digest[:12]} is stored {number} times"

    def _find_wrong_votes(self) -> Iterator[str]:
        """The first vote of each listener on each clip is there, and no other."""
        pressed = {
            (press.person, clip): press.action.removeprefix("v:")
            for clip, presses in self._presses.items()
            for press in reversed(presses)
            if press.action.startswith("v:")
        }
        counted = Counter(
            (self._stored.number_of(review.reviewer_id), review.clip_id)
            for review in self._stored.reviews
            if review.vote is not None
        )
        kept = {
            (self._stored.number_of(review.reviewer_id), review.clip_id): str(review.vote)
            for review in self._stored.reviews
            if review.vote is not None
        }
        for key in pressed.keys() | kept.keys():
            if pressed.get(key) != kept.get(key) or counted[key] > 1:
                stored = f"{kept.get(key)}, {counted[key]} times"
                yield f"{key} voted {pressed.get(key)}, stored: {stored}"

    def _find_wrong_decisions(self) -> Iterator[str]:
        """What listeners decided follows from their votes, what a moderator did from a ruling."""
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for review in self._stored.reviews:
            if review.vote is not None and review.counts:
                votes[review.clip_id][str(review.vote)] += 1
        for clip in self._stored.clips:
            accepted = clip.state == ClipState.ACCEPTED
            if clip.decided_by == "listeners":
                agreeing = votes[clip.id][Vote.GOOD if accepted else Vote.BAD]
                if agreeing < self._votes_to_agree:
                    yield f"clip {clip.id} is {clip.state} by {dict(votes[clip.id])}"
            rulings = [one.action for one in self._presses[clip.id] if one.action.startswith("m:")]
            expected = ("m:accept", "m:correct") if accepted else ("m:reject", "m:block")
            if clip.decided_by == "moderator" and (not rulings or rulings[0] not in expected):
                yield f"clip {clip.id} is {clip.state} after {rulings}"
            if clip.decided_by == "" and rulings:
                yield f"clip {clip.id} is {clip.state}, and was ruled on: {rulings}"

    def _find_wrong_counts(self) -> Iterator[str]:
        """Readings of prompts, and what listeners are measured by."""
        taken = Counter(clip.prompt_id for clip in self._stored.clips if clip.state in TAKEN)
        for prompt in self._stored.prompts:
            if prompt.taken != taken[prompt.id]:
                yield f"prompt {prompt.id} counts {prompt.taken} readings, has {taken[prompt.id]}"
        gold = {clip.id: clip.decided_at for clip in self._stored.clips if clip.is_gold}
        measured = Counter(
            review.reviewer_id
            for review in self._stored.reviews
            if (decided := gold.get(review.clip_id))
            and review.voted_at
            and review.voted_at > decided
        )
        for person in self._stored.participants.values():
            if person.gold_right + person.gold_wrong != measured[person.id]:
                yield f"{person.telegram_id} answered {measured[person.id]} known clips"

    def _has_flooded(self, person: int) -> bool:
        return any(sent.text in _SLOW_DOWN for sent in self._told[person])


async def read_stored(transactions: Transactions, store: AudioStore) -> Stored:
    """Read the whole collection; for collections that fit in memory."""
    async with transactions.begin() as session:
        people = (await session.scalars(select(Participant))).all()
        return Stored(
            participants={person.id: person for person in people},
            clips=(await session.scalars(select(VoiceClip))).all(),
            reviews=(await session.scalars(select(Review))).all(),
            prompts=(await session.scalars(select(Prompt))).all(),
            handled=set(await session.scalars(select(HandledUpdate.update_id))),
            audio={key: hashlib.sha256(store.get(key)).hexdigest() for key in store.list_keys()},
        )


def audit_export(stored: Stored, folder: Path) -> list[str]:
    """Differences between the accepted clips and an export of them: each is in it once."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (folder / TABLE).read_text("utf-8").splitlines()
    ]
    accepted = {clip.id: clip for clip in stored.clips if clip.state == ClipState.ACCEPTED}
    exported = Counter(row["id"] for row in rows)
    found = [
        f"clip {clip} is exported {exported[clip]} times, accepted: {clip in accepted}"
        for clip in accepted.keys() | exported.keys()
        if exported[clip] != int(clip in accepted)
    ]
    for row in rows:
        audio = hashlib.sha256((folder / "audio" / row["audio"]).read_bytes()).hexdigest()
        clip = accepted.get(row["id"])
        if clip is not None and (audio, row["text"]) != (clip.sha256, clip.transcript):
            found.append(f"clip {clip.id} is exported with another text or audio")
    return found


def _list_voices(api: BotApi) -> Iterator[SentVoice]:
    for update in api.pushed.values():
        message = update.get("message") or {}
        if "voice" in message:
            voice = message["voice"]
            yield SentVoice(message["from"]["id"], message["message_id"], voice["file_id"])


def _list_presses(api: BotApi) -> Iterator[Press]:
    for update in api.pushed.values():
        query = update.get("callback_query")
        if query and query["data"][:2] in ("c:", "v:", "m:"):
            action, _, clip = query["data"].rpartition(":")
            yield Press(query["from"]["id"], int(query["id"]), action, clip)
