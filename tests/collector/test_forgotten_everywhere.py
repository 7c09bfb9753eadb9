"""No byte of a forgotten speaker is in the store, the export, the corpus or its versions."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from collector.database.tables import Participant
from collector.people.own_data import collect_own_data
from collector.texts.catalogue import Tongue, say
from collector.upkeep.corpus_withdrawals import forget_in_corpus
from collector.upkeep.export import export_collection
from ovoz.corpus.forgotten import FORGOTTEN_FILE
from ovoz.corpus.manifest import read_manifest

from .conftest import scrubbed, settled, started
from .test_export import collect, read_corpus

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NUMBER = 7_000_000_001


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_grep_finds_nothing(tmp_path: Path, spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = pytest.importorskip("steps.data_versions", reason="DVC is in the extra pipelines")
    workspace, export = tmp_path / "workspace", tmp_path / "workspace/exports/bot"
    workspace.mkdir()
    monkeypatch.chdir(workspace)

    async def scenario() -> None:
        async with started(tmp_path / "bot") as running:
            await collect(running, spoken, speakers=3)
            transactions, store = running.collector.transactions, running.collector.store
            await export_collection(transactions, store, export)
            rows = read_corpus(export, Path("data"))
            versions.version_folder(Path("data"))
            async with transactions.begin() as session:
                theirs = await session.scalar(
                    select(Participant).where(Participant.telegram_id == NUMBER)
                )
                told = await collect_own_data(session, theirs)
            audio = [store.get(key) for key in store.list_keys() if key.startswith(theirs.id)]
            audio += [
                Path("data", row.audio).read_bytes() for row in rows if row.speaker == theirs.id
            ]
            clips = [clip["id"].encode() for clip in told["clips"]]
            # SQLite keeps a number of this size in six bytes.
            traces = [theirs.id.encode(), NUMBER.to_bytes(6, "big"), *clips]
            before = b"".join(contents(tmp_path).values())
            assert all(trace in before for trace in traces)
            assert len(audio) == 4
            traces.append(str(NUMBER).encode())

            person = running.person(NUMBER)
            person.say("/forget")
            sent = await person.until(
                lambda sent: any(data == "f:1" for data in sent.buttons.values())
            )
            person.press_button(sent, "f:1")
            await person.until_text(say("forgotten", Tongue.UZBEK))
            await settled(running)
            await export_collection(transactions, store, export)
            assert await forget_in_corpus(transactions, workspace) == 1
            async with transactions.begin() as session:
                assert (
                    await session.scalar(
                        select(Participant).where(Participant.telegram_id == NUMBER)
                    )
                    is None
                )
            await scrubbed(running)

            for path, content in contents(tmp_path).items():
                found = [trace for trace in traces if trace in content]
                assert found == [], path
                assert not any(one in content for one in audio), path
            left = read_manifest(Path("data/manifest.parquet"))
            assert 0 < len(left) < len(rows)
            again = read_corpus(export, Path("data"))
            assert {row.id for row in again} == {row.id for row in left}
            assert len((workspace / FORGOTTEN_FILE).read_text().splitlines()) == 2

    asyncio.run(scenario())
