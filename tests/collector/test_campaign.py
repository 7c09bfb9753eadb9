"""A small campaign with kills: the audit finds no difference, and what it is given to find."""

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from benchmarks.collection.campaign import CampaignPlan, SimulatedCampaign
from benchmarks.collection.people import Material
from collector.database.sessions import open_database
from collector.database.states import ClipState
from collector.database.tables import Review, VoiceClip
from collector.prompts.packs import Task, own_packs
from collector.storage.folder_store import FolderStore
from collector.texts.catalogue import current_consent
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.sources import read_source
from ovoz.corpus.telegram import TelegramConfig
from ovoz.corpus.validation import ValidationConfig, validate

from .conftest import encode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PLAN = CampaignPlan(speakers=6, listeners=3, clips=2, kill_every_s=5.0, flood=320, most_s=90.0)
PROMPTS = 20


def record_prompts(spoken) -> dict[str, list[bytes]]:
    """Synthetic recordings of prompts, by two voices."""
    texts = [
        text
        for pack in own_packs("uz-ru")
        if pack.task == Task.READ and pack.language == "uz"
        for text in pack.prompts
    ]
    return {text: [encode(spoken(text, voice)) for voice in (0, 1)] for text in texts[:PROMPTS]}


def test_a_campaign_with_kills_becomes_a_corpus_and_a_model(tmp_path: Path, spoken) -> None:
    material = Material(record_prompts(spoken), random.Random(3))

    async def scenario() -> None:
        async with SimulatedCampaign(tmp_path, material, PLAN, print) as campaign:
            await campaign.run()
            assert campaign.kills > 0
            assert await campaign.audit() == []
        corpus = build_corpus(tmp_path / "exported", tmp_path)
        assert len(corpus.rows()) > PLAN.speakers
        assert (train_a_little(corpus, tmp_path / "training") / "model.safetensors").is_file()
        await damage(tmp_path)
        found = "\n".join(await campaign.audit())
        for part in ("is 0 clips", "voted", "readings", "of no clip", "no audio", "saw"):
            assert part in found

    asyncio.run(scenario())


async def damage(folder: Path) -> None:
    """Lose a clip, a vote, a confirmation and audio, each of another clip."""
    database = open_database(f"sqlite+aiosqlite:///{folder}/.ovoz/collector/collector.sqlite3")
    async with database.begin() as session:
        accepted = select(VoiceClip).where(VoiceClip.state == ClipState.ACCEPTED)
        lost, unconfirmed, silent, *_ = (await session.scalars(accepted)).all()
        await session.execute(delete(VoiceClip).where(VoiceClip.id == lost.id))
        checked = update(VoiceClip).where(VoiceClip.id == unconfirmed.id)
        await session.execute(checked.values(state=ClipState.CHECKED))
        voted = await session.scalar(select(Review).where(Review.vote.is_not(None)))
        voted.vote = None
    await database.close()
    FolderStore(folder / ".ovoz/collector/audio").delete(silent.audio_key)


def build_corpus(export: Path, folder: Path) -> Dataset:
    """The export as ingestion brings it, and as validation leaves it."""
    config = TelegramConfig(path=export, consent=current_consent().version)
    read_source(config, folder / "data")
    checks = ValidationConfig(unseen={}, required_splits=(Split.TRAIN,))
    return validate(Dataset.in_folder(folder / "data"), folder / "validation", checks).dataset


def train_a_little(corpus: Dataset, folder: Path) -> Path:
    """The checkpoint after a few steps of a tiny network."""
    from ovoz.model.config import NetworkConfig
    from ovoz.training.config import StageConfig, TrainingConfig
    from ovoz.training.distributed import StageSpec, run_stage

    config = TrainingConfig(
        network=NetworkConfig(d_model=32, layers=1, heads=2, hop=160),
        stages=(StageConfig(name="few", steps=4),),
        batch_frames=600,
        log_every=1,
        evaluate_every=2,
        checkpoint_every=2,
        precision="fp32",
        trackers=(),
    )
    spec = StageSpec(stage="few", config=config, dataset=corpus, work_dir=folder, pack="uz-ru")
    result = run_stage(spec)
    assert result.steps == 4
    return result.checkpoint
