"""The accepted clips become a corpus; who is forgotten is in none of it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from collector.__main__ import app
from collector.database.states import ClipState
from collector.database.tables import Participant, VoiceClip
from collector.people.consent import SpeechLicence
from collector.people.withdrawal import delete_audio, forget
from collector.reviewing.moderation import rule
from collector.texts.catalogue import current_consent
from collector.upkeep.backup import BackupError, back_up, restore
from collector.upkeep.corpus_withdrawals import forget_in_corpus
from collector.upkeep.export import export_collection
from ovoz.corpus.dropped import DROPPED_FILE, read_dropped
from ovoz.corpus.forgotten import digest_speaker
from ovoz.corpus.manifest import Dialect, read_manifest
from ovoz.corpus.sources import read_source
from ovoz.corpus.telegram import TelegramConfig
from ovoz.corpus.wanted import WantedSpeech, write_wanted

from .conftest import Running, encode, settled, started

ROOT = Path(__file__).resolve().parents[2]


async def collect(running: Running, spoken, speakers: int = 2, clips: int = 2) -> None:
    """Speakers with clips, all but the last one accepted by a moderator."""
    for number in range(1, speakers + 1):
        person = running.person(7_000_000_000 + number)
        await person.join(list(SpeechLicence)[number % 3], dialect="khorezm")
        for _ in range(clips):
            _, text = await person.take_prompt()
            await person.contribute(encode(spoken(text, number)))
            await person.until_text("Rahmat")
    await settled(running)
    async with running.collector.transactions.begin() as session:
        found = await session.scalars(
            select(VoiceClip)
            .where(VoiceClip.state == ClipState.IN_REVIEW)
            .order_by(VoiceClip.submitted_at)
        )
        *accepted, rejected = found.all()
        for clip in accepted:
            await rule(session, clip, accept=True)
        await rule(session, rejected, accept=False)


def read_corpus(export: Path, folder: Path):
    config = TelegramConfig(path=export, consent=current_consent().version)
    return read_manifest(read_source(config, folder))


@pytest.mark.slow
def test_an_export_is_a_corpus_and_forgets(tmp_path: Path, spoken) -> None:
    export = tmp_path / "exports/bot"

    async def scenario() -> None:
        async with started(tmp_path / "bot") as running:
            await collect(running, spoken)
            transactions, store = running.collector.transactions, running.collector.store
            assert await export_collection(transactions, store, export) == 3
            rows = read_corpus(export, tmp_path / "one/data")
            assert len(rows) == 3
            assert read_dropped(tmp_path / "one/data" / DROPPED_FILE) == []
            assert {row.dialect for row in rows} == {"khorezm"}
            assert {row.licence for row in rows} == {"CC-BY-4.0", "internal"}
            assert {row.consent for row in rows} == {current_consent().version}
            table = (export / "contributions.jsonl").read_text("utf-8")
            assert "70000000" not in table

            async with transactions.begin() as session:
                speaker = await session.scalar(
                    select(Participant).where(Participant.telegram_id == 7_000_000_001)
                )
                await forget(session, speaker)
            await delete_audio(transactions, store)
            left = await export_collection(transactions, store, export)
            assert left == len(list((export / "audio").iterdir())) < 3
            assert speaker.id not in (export / "contributions.jsonl").read_text("utf-8")

            (tmp_path / "one").joinpath("exports").mkdir()
            assert await forget_in_corpus(transactions, tmp_path / "one") == 1
            rows = read_manifest(tmp_path / "one/data/manifest.parquet")
            assert len(rows) == left
            assert speaker.id not in {row.speaker for row in rows}
            assert digest_speaker(speaker.id) in (tmp_path / "one/forgotten.txt").read_text()
            assert await forget_in_corpus(transactions, tmp_path / "one") == 0

    asyncio.run(scenario())


def test_a_backup_comes_back_without_those_forgotten_since(tmp_path: Path, spoken) -> None:
    async def scenario() -> None:
        async with started(tmp_path / "one") as running:
            await collect(running, spoken)
            transactions, store = running.collector.transactions, running.collector.store
            assert await back_up(transactions, store, tmp_path / "kept") == 4
            with pytest.raises(BackupError, match="empty"):
                await restore(transactions, store, tmp_path / "kept")
            async with transactions.begin() as session:
                clips = {
                    clip.id: (clip.sha256, clip.fingerprint, clip.submitted_at, clip.measures)
                    for clip in await session.scalars(select(VoiceClip))
                }
                people = list(await session.scalars(select(Participant.id)))
        async with started(tmp_path / "two") as running:
            transactions, store = running.collector.transactions, running.collector.store
            async with transactions.begin() as session:
                await session.execute(Participant.__table__.delete())
                from collector.database.tables import Prompt

                await session.execute(Prompt.__table__.delete())
            gone = {digest_speaker(people[0])}
            assert await restore(transactions, store, tmp_path / "kept", gone) == 1
            async with transactions.begin() as session:
                found = {
                    clip.id: (clip.sha256, clip.fingerprint, clip.submitted_at, clip.measures)
                    for clip in await session.scalars(select(VoiceClip))
                }
            assert found
            assert found.items() < clips.items()
            assert people[0] not in str(list(store.list_keys()))
            with pytest.raises(BackupError, match="no back-up"):
                await restore(transactions, store, tmp_path / "nowhere")

    asyncio.run(scenario())


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("name: x", "utf-8")

    def call(*arguments: str):
        return CliRunner().invoke(app, arguments)

    assert call("prompts", "add").stdout.startswith("added 7")
    wrong = call("prompts", "add", "bad.yaml")
    assert wrong.exit_code == 2
    assert "bad.yaml: not a pack" in wrong.stderr
    told = call("campaigns", "open", "Telephone speech", "--target", "5", "--dialect", "khorezm")
    assert told.stdout == "campaign 1: told to 0\n"
    assert call("campaigns", "list").stdout == "1\t0/5\tTelephone speech\n"
    assert call("campaigns", "close", "1").exit_code == 0
    assert call("campaigns", "list").stdout == ""
    assert call("campaigns", "close", "2").exit_code == 2
    nameless = call("campaigns", "open", "", "--target", "1")
    assert (nameless.exit_code, "title: String should have" in nameless.stderr) == (2, True)
    wanted = WantedSpeech(title="Speech of Khorezm", target=9, dialect=Dialect.KHOREZM, why="x")
    write_wanted([wanted], tmp_path / "wanted.yaml")
    assert call("campaigns", "import", "wanted.yaml").stdout == "campaign 2: told to 0\n"
    assert call("campaigns", "import", "wanted.yaml").stdout == "already open: Speech of Khorezm\n"
    assert call("campaigns", "list").stdout == "2\t0/9\tSpeech of Khorezm\n"
    refused = call("campaigns", "import", "bad.yaml")
    assert refused.exit_code == 2
    assert "bad.yaml: campaigns: Field required" in refused.stderr
    assert call("campaigns", "import", "nowhere.yaml").exit_code == 2
    assert call("prompts", "retire", "uz-daily").exit_code == 0
    assert call("export", "out").stdout == "out: 0 clips\n"
    assert call("backup", "kept").stdout == "kept: 0 recordings\n"
    assert call("restore", "nowhere").exit_code == 2
    assert "withdrawn, perhaps still in a corpus: 0" in call("stats").stdout
    monkeypatch.setenv("OVOZ_COLLECTOR_MAX_CLIPPED_RATIO", "7")
    assert "max_clipped_ratio" in call("stats").stderr


@pytest.mark.slow
def test_programs_without_settings(tmp_path: Path) -> None:
    variables = os.environ | {"PYTHONPATH": str(ROOT)}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments, cwd=tmp_path, env=variables, capture_output=True, text=True
        )

    exported = call(str(Path(sys.executable).parent / "ovoz"), "export-collection", "e")
    assert exported.stdout == "e: 0 clips\n", exported.stderr
    assert (tmp_path / "e/contributions.jsonl").read_text() == ""
    unset = call(sys.executable, "-m", "collector", "run")
    assert unset.returncode == 2
    assert "OVOZ_COLLECTOR_TOKEN" in unset.stderr
