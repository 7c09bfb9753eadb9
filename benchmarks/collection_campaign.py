"""A whole campaign of the collector against a loopback Bot API, with people, faults and kills.

    python benchmarks/collection_campaign.py ../shared/data/uz_crowd

Speakers send real recordings: good, silent, cut, of another text, copied, forwarded. The bot is
killed (SIGKILL) again and again; calls are answered 429 and 502, connections and answers are lost.
People and their errors are simulated, the recordings are real, no recogniser is asked. Prints what
was lost or doubled, what was wrongly accepted and refused, and the answers to a burst.
"""

import argparse
import asyncio
import csv
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import yaml
from sqlalchemy import func, select

from benchmarks.collection.bot_api import BotApi, Faults, Sent
from benchmarks.collection.bot_process import BotProcess
from benchmarks.collection.people import (
    Kind,
    Material,
    SimulatedListener,
    SimulatedModerator,
    SimulatedSpeaker,
)
from collector.database.sessions import open_database
from collector.database.tables import (
    SUBMITTED,
    TAKEN,
    ClipState,
    OutgoingMessage,
    Participant,
    Prompt,
    VoiceClip,
)
from collector.texts.catalogue import current_consent
from ovoz.corpus.dropped import DROPPED_FILE, read_dropped
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.telegram import TelegramConfig
from ovoz.evaluation.hardware import describe_hardware

_MODERATOR: Final = 999_999
_FAULTS: Final = Faults(limited=0.01, dropped=0.01, broken=0.01, lost_answers=0.01)
_DIALECTS: Final = ("tashkent", "fergana", "khorezm", "unknown")


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recordings", type=Path, help="folder with metadata.csv: audio, text")
    parser.add_argument("--speakers", type=int, default=200)
    parser.add_argument("--listeners", type=int, default=50)
    parser.add_argument("--clips", type=int, default=6, help="of each speaker")
    parser.add_argument("--kill-every", type=float, default=15.0, help="seconds; 0: never")
    parser.add_argument("--burst", type=int, default=10_000, help="updates")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(arguments, Path(folder)))


async def _run(arguments: argparse.Namespace, folder: Path) -> None:
    print(describe_hardware(("aiogram", "SQLAlchemy")))
    api = BotApi(_FAULTS)
    await api.start()
    bot = BotProcess(
        folder,
        api.url,
        MODERATORS=str(_MODERATOR),
        UPDATES_PER_MINUTE="300",
        MIN_LISTENED_SHARE="0",
        READS_PER_PROMPT="8",
        GOLD_WANTED="40",
    )
    material = Material(_read_recordings(arguments.recordings), random.Random(1))
    await _add_prompts(bot, folder, material)
    began = time.monotonic()
    await bot.start()
    killer = asyncio.create_task(_kill_again_and_again(bot, arguments.kill_every))
    await _collect(api, material, arguments)
    killer.cancel()
    await asyncio.gather(killer, return_exceptions=True)
    await bot.stop()
    print(f"campaign: {time.monotonic() - began:.0f} s, {bot.starts} starts of the bot")
    print(f"calls: {dict(api.calls)}")
    await bot.start()
    await _settle(folder, api)
    await _check(folder, api, material)
    await _export(bot, folder)
    api.faults = Faults()
    await _measure_burst(api, bot, arguments.burst, arguments.speakers)
    await bot.stop()
    await api.stop()


def _read_recordings(folder: Path) -> dict[str, list[bytes]]:
    by_text: dict[str, list[bytes]] = defaultdict(list)
    with (folder / "metadata.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            by_text[row["text"]].append((folder / row["audio"]).read_bytes())
    return by_text


async def _add_prompts(bot: BotProcess, folder: Path, material: Material) -> None:
    """The texts of the recordings as a pack; recordings go by the prompt's text as it is shown."""
    pack = {"name": "crowd", "language": "uz", "prompts": list(material.by_text)}
    (folder / "pack.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), "utf-8")
    await bot.call("prompts", "add", "pack.yaml")
    from collector.prompts.intake import PromptError, clean_prompt
    from ovoz.text.pack import load_pack

    language = load_pack("uz-ru")
    cleaned: dict[str, list[bytes]] = defaultdict(list)
    for text, recordings in material.by_text.items():
        try:
            cleaned[clean_prompt(text, language)] += recordings
        except PromptError:
            continue
    material.by_text = cleaned


async def _kill_again_and_again(bot: BotProcess, every_s: float) -> None:
    while every_s:
        await asyncio.sleep(random.uniform(0.3, 2 * every_s))
        await bot.kill()
        await bot.start()


async def _collect(api: BotApi, material: Material, arguments: argparse.Namespace) -> None:
    """All people at once; listeners go on until the speakers have ended and nothing is left."""
    spoken, judged = asyncio.Event(), asyncio.Event()
    moderator = SimulatedModerator(api, _MODERATOR, material)
    await moderator.join("unknown")
    ruling = asyncio.create_task(moderator.moderate(judged))
    listening = [
        asyncio.create_task(_listen(api, material, number, spoken))
        for number in range(arguments.listeners)
    ]

    async def speak(number: int) -> None:
        speaker = SimulatedSpeaker(api, 1000 + number, material)
        await speaker.join(_DIALECTS[number % len(_DIALECTS)])
        await speaker.speak(arguments.clips)
        if number % 20 == 0:  # somebody who floods
            for _ in range(1500):
                api.text(1000 + number, "spam", "en")

    await asyncio.gather(*(speak(number) for number in range(arguments.speakers)))
    spoken.set()
    votes = sum(await asyncio.gather(*listening))
    judged.set()
    print(f"votes: {votes}, rulings: {await ruling}")


async def _listen(api: BotApi, material: Material, number: int, ended: asyncio.Event) -> int:
    listener = SimulatedListener(api, 100 + number, material)
    listener.accuracy = 0.5 if number % 10 == 9 else 0.95
    await listener.join(_DIALECTS[number % len(_DIALECTS)])
    return await listener.listen(ended)


async def _settle(folder: Path, api: BotApi) -> None:
    """Wait until every update is confirmed, every voice checked and every message sent."""
    database = open_database(f"sqlite+aiosqlite:///{folder}/.ovoz/collector/collector.sqlite3")
    async with asyncio.timeout(300):
        while True:
            async with database.begin() as session:
                received = select(func.count()).where(VoiceClip.state == ClipState.RECEIVED)
                waiting = select(func.count()).select_from(OutgoingMessage)
                left = (await session.scalar(received) or 0, await session.scalar(waiting) or 0)
            if not any(left) and not api.waiting:
                break
            await asyncio.sleep(0.5)
    await database.close()


async def _check(folder: Path, api: BotApi, material: Material) -> None:
    database = open_database(f"sqlite+aiosqlite:///{folder}/.ovoz/collector/collector.sqlite3")
    async with database.begin() as session:
        clips = list(await session.scalars(select(VoiceClip).where(VoiceClip.file_id != "")))
        prompts = list(await session.scalars(select(Prompt)))
        people = await session.scalar(select(func.count()).select_from(Participant))
        every = list(await session.scalars(select(VoiceClip)))
    await database.close()
    stored = {
        path.relative_to(folder / ".ovoz/collector/audio").as_posix()
        for path in (folder / ".ovoz/collector/audio").glob("*/*")
    }
    kept = {clip.audio_key for clip in clips if clip.state in (ClipState.CHECKED, *SUBMITTED)}
    digests = Counter(clip.sha256 for clip in clips if clip.state in SUBMITTED)
    taken = Counter(clip.prompt_id for clip in every if clip.state in TAKEN)
    print(
        json.dumps(
            {
                "participants": people,
                "submitted": sum(digests.values()),
                "recordings stored twice": sum(count - 1 for count in digests.values()),
                "clips without audio": len(kept - stored),
                "audio without a clip": len(stored - kept),
                "prompts with a wrong count": sum(
                    prompt.taken != taken[prompt.id] for prompt in prompts
                ),
                "undecided": sum(
                    clip.state in (ClipState.IN_REVIEW, ClipState.DISPUTED) for clip in clips
                ),
            }
        )
    )
    outcome: dict[Kind, Counter[str]] = defaultdict(Counter)
    for clip in clips:
        kind = material.truth[api.files[clip.file_id]]
        outcome[kind][f"{clip.state} {clip.reason}".strip()] += 1
    print(f"sent: { {str(kind): count for kind, count in material.sent.items()} }")
    for kind, counts in outcome.items():
        print(f"  {kind}: {dict(counts)}")
    accepted = sum(counts["accepted"] for counts in outcome.values())
    wrong = accepted - outcome[Kind.GOOD]["accepted"]
    good = sum(outcome[Kind.GOOD].values())
    refused = sum(
        count for state, count in outcome[Kind.GOOD].items() if state.startswith(("ref", "rej"))
    )
    print(f"wrong clips among the accepted: {wrong}/{accepted} = {wrong / max(1, accepted):.2%}")
    print(f"good clips refused or rejected: {refused}/{good} = {refused / max(1, good):.2%}")


async def _export(bot: BotProcess, folder: Path) -> None:
    """The export as a corpus: every row is brought, or named."""
    await bot.call("export", "exported")
    config = TelegramConfig(path=folder / "exported", consent=current_consent().version)
    rows = read_manifest(read_source(config, folder / "data"))
    dropped = Counter(row.kind for row in read_dropped(folder / "data" / DROPPED_FILE))
    licences = dict(Counter(row.licence for row in rows))
    print(f"ingested: {len(rows)} rows, {licences}; dropped {dict(dropped)}")


async def _measure_burst(api: BotApi, bot: BotProcess, updates: int, people: int) -> None:
    """Answers to updates that come all at once, and to such that come at a steady pace."""
    for name, per_s in (("burst", 0.0), ("50 a second", 50.0)):
        number = updates if not per_s else min(updates, 1500)
        before_mb = bot.memory_mb()
        delays = await _ask_all(api, number, people, per_s)
        delays.sort()
        p50, p95 = (delays[int(len(delays) * share)] for share in (0.5, 0.95))
        print(
            f"{name}: {number} updates, {len(delays)} answers, p50 {p50:.3f} s, p95 {p95:.3f} s,"
            f" {per_s or len(delays) / delays[-1]:.0f} a second,"
            f" memory {before_mb:.0f} -> {bot.memory_mb():.0f} MB"
        )


async def _ask_all(api: BotApi, updates: int, people: int, per_s: float) -> list[float]:
    asked: dict[int, list[float]] = defaultdict(list)
    delays: list[float] = []
    done = asyncio.Event()

    def note(sent: Sent) -> None:
        if asked[sent.chat]:
            delays.append(sent.at - asked[sent.chat].pop(0))
            if len(delays) == updates:
                done.set()

    api.listeners = [note]
    for count in range(updates):
        person = 1001 + count % people if count % people != people - 1 else 1001
        asked[person].append(time.monotonic())
        api.text(person, "/language", "en")
        if per_s:
            await asyncio.sleep(1 / per_s)
    try:
        await asyncio.wait_for(done.wait(), 600)
    except TimeoutError:
        print("some answers did not come within 600 s")
    api.listeners = []
    return delays


if __name__ == "__main__":
    main()
