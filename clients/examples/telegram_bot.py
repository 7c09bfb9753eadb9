"""A Telegram bot that answers voice messages with what is said in them.

    pip install aiogram clients/python
    export BOT_TOKEN=… OVOZ_URL=http://127.0.0.1:3000 OVOZ_API_KEY=…
    python clients/examples/telegram_bot.py

Nothing is stored. ``TELEGRAM_URL`` is a Bot API server of your own, if you have one.
"""

import asyncio
import io
import os
from typing import Final

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from ovoz_client import AsyncClient, OvozError

LONGEST_S: Final = 300
MOST_LETTERS: Final = 4096
"""Of one message, as Telegram has it."""


async def answer(message: Message, bot: Bot, ovoz: AsyncClient) -> None:
    """Reply to a voice message with its transcript, or with why there is none."""
    voice = message.voice
    if voice is None:
        return
    if voice.duration > LONGEST_S:
        await message.reply(f"At most {LONGEST_S // 60} minutes, please.")
        return
    recording = await bot.download(voice, io.BytesIO())
    try:
        transcript = await ovoz.transcribe(recording.read() if recording else b"")
    except OvozError as error:
        await message.reply(f"That did not work: {error}")
    else:
        await message.reply(transcript.text[:MOST_LETTERS] or "Nobody speaks in it.")


async def main() -> None:
    """Answer until the process is stopped."""
    api = TelegramAPIServer.from_base(os.environ.get("TELEGRAM_URL", "https://api.telegram.org"))
    url, key = os.environ["OVOZ_URL"], os.environ.get("OVOZ_API_KEY", "")
    async with (
        Bot(os.environ["BOT_TOKEN"], AiohttpSession(api=api)) as bot,
        AsyncClient(url, key) as ovoz,
    ):
        dispatcher = Dispatcher(ovoz=ovoz)
        dispatcher.message.register(answer, F.voice)
        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
