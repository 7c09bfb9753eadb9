"""Downloads and checks the voice messages that came, and says what was found.

A message is a row until it is dealt with: a process that is killed goes on with it.
"""

import asyncio
import errno
import logging
from io import BytesIO
from typing import Final

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiohttp import ClientError
from sqlalchemy import select

from collector.bot import metrics
from collector.bot.announcing import announce_refusal, announce_stored_later, play_back
from collector.bot.sending import Sender
from collector.bot.visit import Services
from collector.database.sessions import Transactions
from collector.database.states import ClipState
from collector.database.tables import Deletion, VoiceClip, now
from collector.prompts.packs import Task
from collector.recording.checks import (
    CheckedAudio,
    Refusal,
    RefusedAudioError,
    check_audio,
)
from collector.recording.clips import find_clip, has_audio, keep, postpone, refuse
from collector.recording.copies import find_copy
from collector.recording.fingerprint import Fingerprint, compute_fingerprint
from collector.recording.recogniser import RecogniserClient
from collector.storage.audio_store import AudioStore

_AT_ONCE: Final = 4
_IDLE_S: Final = 1.0
"""Another process may have received something."""
_AWAY: Final = (
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    ClientDecodeError,
    ClientError,
)
"""What may be had when asked again; downloads fail with errors of aiohttp's own."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_LOG: Final = logging.getLogger(__name__)


class Listener:
    """Deals with received clips, a few at once."""

    def __init__(
        self,
        bot: Bot,
        transactions: Transactions,
        store: AudioStore,
        services: Services,
        recogniser: RecogniserClient,
        sender: Sender,
    ) -> None:
        self._bot = bot
        self._transactions = transactions
        self._store = store
        self._services = services
        self._recogniser = recogniser
        self._sender = sender

    async def run(self) -> None:
        """Deal with clips as they come.

        Raises:
            DBAPIError: The database is away.
        """
        while True:
            self._services.listening.clear()
            if not await self.listen():
                try:
                    await asyncio.wait_for(self._services.listening.wait(), _IDLE_S)
                except TimeoutError:
                    continue

    async def listen(self) -> int:
        """Deal with some of the clips that are due; returns how many."""
        async with self._transactions.begin() as session:
            found = await session.scalars(
                select(VoiceClip)
                .where(VoiceClip.state == ClipState.RECEIVED, VoiceClip.due_at <= now())
                .order_by(VoiceClip.due_at)
                .limit(_AT_ONCE)
            )
            clips = found.all()
        ended = await asyncio.gather(
            *(self._deal_with(clip) for clip in clips), return_exceptions=True
        )
        self._sender.wake()
        # All are waited for, failed or not: none may go on while the same clips are taken up again.
        for error in ended:
            if error is not None:
                raise error
        return len(clips)

    async def _deal_with(self, clip: VoiceClip) -> None:
        with metrics.CHECK_S.time():
            try:
                await self._check(clip)
                result = "passed"
            except RefusedAudioError as error:
                result = error.refusal
                await self._refuse(clip, error.refusal)
            except (*_AWAY, OSError) as error:
                result = "postponed"
                await self._postpone(clip, error)
        metrics.CHECKS.labels(result).inc()

    async def _check(self, clip: VoiceClip) -> None:
        audio = await self._download(clip)
        reading = clip.prompt.task == Task.READ
        text = self._services.pack.canonical(clip.prompt.text) if reading else ""
        checked, fingerprint = await asyncio.to_thread(self._examine, audio, len(text))
        difference = None
        if reading:
            difference = await self._recogniser.measure_difference(audio, clip.prompt.text)
        await asyncio.to_thread(self._store.put, clip.audio_key, audio)
        metrics.STORE_FULL.set(0)
        async with self._transactions.begin() as session:
            current = await find_clip(session, clip.id, ClipState.RECEIVED)
            if current is not None:
                if await find_copy(session, clip.id, fingerprint):
                    raise RefusedAudioError(Refusal.DUPLICATE)
                keep(session, current, audio, checked, fingerprint, difference)
                await play_back(session, current, self._services.settings.checks)
                return
            if not await has_audio(session, clip.id):
                # Its speaker was forgotten, or gave it up, while it was listened to.
                await session.merge(Deletion(key=clip.audio_key))
        self._services.deleting.set()

    def _examine(self, audio: bytes, letters: int) -> tuple[CheckedAudio, Fingerprint]:
        checked = check_audio(audio, letters, self._services.settings.checks)
        return checked, compute_fingerprint(checked.samples)

    async def _download(self, clip: VoiceClip) -> bytes:
        """The bytes of a voice message.

        Raises:
            RefusedAudioError: Telegram has the file no more.
            TelegramNetworkError: Telegram does not answer.
        """
        try:
            file = await self._bot.get_file(clip.file_id)
            audio = await self._bot.download_file(file.file_path or "", BytesIO())
        except _AWAY:
            raise
        except TelegramAPIError as error:
            raise RefusedAudioError(Refusal.GONE) from error
        return audio.read() if audio else b""

    async def _refuse(self, clip: VoiceClip, refusal: Refusal) -> None:
        async with self._transactions.begin() as session:
            current = await find_clip(session, clip.id, ClipState.RECEIVED)
            if current is not None:
                await refuse(session, current, refusal)
                await announce_refusal(session, current, refusal)
        self._services.deleting.set()

    async def _postpone(self, clip: VoiceClip, error: Exception) -> None:
        full = isinstance(error, OSError) and error.errno in _FULL
        metrics.STORE_FULL.set(full)
        log = _LOG.error if full else _LOG.warning
        log("a voice message waits", extra={"error": type(error).__name__, "full": full})
        async with self._transactions.begin() as session:
            current = await find_clip(session, clip.id, ClipState.RECEIVED)
            if current is not None:
                if full and current.tries == 0:
                    await announce_stored_later(session, current)
                postpone(current)
