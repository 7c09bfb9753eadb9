"""A whole campaign of the collector against a loopback Bot API, with people, faults and kills.

    python benchmarks/collection_campaign.py ../shared/data/uz_crowd

Speakers send real recordings: good, silent, cut, of another text, copied, forwarded. The bot is
killed (SIGKILL) again and again; calls are answered 429 and 502, connections and answers are lost.
People and their errors are simulated, the recordings are real, no recogniser is asked. Prints every
difference between what people did and saw and what is stored and exported, what was wrongly
accepted and refused, and the answers to a burst. Ends with 1 where there is a difference.
"""

import argparse
import asyncio
import csv
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.collection.bot_api import BotApi, Faults, Sent
from benchmarks.collection.bot_process import BotProcess
from benchmarks.collection.campaign import CampaignPlan, SimulatedCampaign, count_outcomes
from benchmarks.collection.people import Kind, Material
from collector.database.states import SUBMITTED, ClipState
from collector.texts.catalogue import current_consent
from ovoz.corpus.dropped import DROPPED_FILE, read_dropped
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.telegram import TelegramConfig
from ovoz.evaluation.hardware import describe_hardware


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recordings", type=Path, help="folder with metadata.csv: audio, text")
    parser.add_argument("--speakers", type=int, default=200)
    parser.add_argument("--listeners", type=int, default=50)
    parser.add_argument("--clips", type=int, default=6, help="of each speaker")
    parser.add_argument("--kill-every", type=float, default=15.0, help="seconds; 0: never")
    parser.add_argument("--minutes", type=float, default=12.0, help="people stop after so long")
    parser.add_argument("--burst", type=int, default=10_000, help="updates; 0: none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(_run(arguments, Path(folder))))


async def _run(arguments: argparse.Namespace, folder: Path) -> int:
    print(describe_hardware(("aiogram", "SQLAlchemy")))
    material = Material(_read_recordings(arguments.recordings), random.Random(1))
    plan = CampaignPlan(
        speakers=arguments.speakers,
        listeners=arguments.listeners,
        clips=arguments.clips,
        kill_every_s=arguments.kill_every,
        flood=1500,
        most_s=60 * arguments.minutes,
    )
    began = time.monotonic()
    async with SimulatedCampaign(folder, material, plan, _report) as campaign:
        await campaign.run()
        print(f"campaign: {time.monotonic() - began:.0f} s, {campaign.kills} kills")
        print(f"calls: {dict(campaign.api.calls)}")
        differences = await campaign.audit()
        print(f"differences: {len(differences)}", *differences, sep="\n  ")
        await _print_outcomes(campaign)
        _print_ingestion(folder)
        campaign.api.faults = Faults()
        if arguments.burst:
            await _measure_burst(campaign.api, campaign.bot, arguments.burst, arguments.speakers)
    return int(bool(differences))


def _report(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def _read_recordings(folder: Path) -> dict[str, list[bytes]]:
    by_text: dict[str, list[bytes]] = defaultdict(list)
    with (folder / "metadata.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            by_text[row["text"]].append((folder / row["audio"]).read_bytes())
    return by_text


async def _print_outcomes(campaign: SimulatedCampaign) -> None:
    stored = await campaign.read()
    states = Counter(clip.state for clip in stored.clips)
    undecided = states[ClipState.IN_REVIEW] + states[ClipState.DISPUTED]
    votes = sum(review.vote is not None for review in stored.reviews)
    print(
        f"{len(stored.participants)} participants, {sum(states[one] for one in SUBMITTED)}"
        f" submitted, {undecided} undecided, {votes} votes"
    )
    sent = {str(kind): number for kind, number in campaign.material.sent.items()}
    print(f"sent: {sent}")
    outcomes = count_outcomes(stored, campaign.material, campaign.api)
    for kind, counts in outcomes.items():
        print(f"  {kind}: {dict(counts)}")
    good = outcomes.get(Kind.GOOD, Counter())
    accepted = sum(counts["accepted"] for counts in outcomes.values())
    wrong = accepted - good["accepted"]
    refused = sum(number for state, number in good.items() if state.startswith(("ref", "rej")))
    print(f"wrong clips among the accepted: {wrong}/{accepted} = {wrong / max(1, accepted):.2%}")
    print(
        f"good clips refused or rejected: {refused}/{good.total()}"
        f" = {refused / max(1, good.total()):.2%}"
    )


def _print_ingestion(folder: Path) -> None:
    """The export as a corpus: every row is brought, or named."""
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
