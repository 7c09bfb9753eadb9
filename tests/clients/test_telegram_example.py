"""The example of a Telegram bot, as a process, between a loopback Bot API and the real service."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from benchmarks.collection.bot_api import TOKEN, BotApi
from ovoz.audio.signal import SAMPLE_RATE
from tests.clients.steady import SteadyModel
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import Said, say

EXAMPLE = Path(__file__).resolve().parents[2] / "clients/examples/telegram_bot.py"


def recording(*words: str) -> bytes:
    signal = say([Said(word, 6_000, 12_000) for word in words], tail=16_000)
    file = io.BytesIO()
    soundfile.write(file, signal, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(), SteadyModel()) as http:
        yield str(http.base_url).rstrip("/")


async def converse(url: str) -> list[str]:
    """What the bot answers to a voice message, to one that is no audio, and to a long one."""
    api = BotApi()
    await api.start()
    known = {"BOT_TOKEN": TOKEN, "OVOZ_URL": url, "TELEGRAM_URL": api.url}
    bot = subprocess.Popen([sys.executable, str(EXAMPLE)], env=os.environ | known)
    try:
        answers = []
        for content, duration_s in ((recording("kam", "mio"), 2), (b"no audio", 2), (b"", 900)):
            api.voice(7, content, duration_s)
            async with asyncio.timeout(60):
                answers.append((await api.inbox[7].get()).text)
        return answers
    finally:
        bot.terminate()
        bot.wait(20)
        await api.stop()


def test_voice_messages_are_answered(url: str) -> None:
    said, refused, long = asyncio.run(converse(url))
    assert said == "kam mio"
    assert "did not work" in refused
    assert "5 minutes" in long
