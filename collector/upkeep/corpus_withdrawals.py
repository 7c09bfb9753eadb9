"""Speakers who withdrew, out of the corpus too, by ``ovoz forget``."""

import subprocess
import sys
from asyncio import to_thread
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from sqlalchemy import delete, select

from collector.database.sessions import Transactions
from collector.database.tables import AuditEntry, WithdrawnSpeaker
from collector.people.withdrawal import LEFT_CORPUS
from ovoz.corpus.manifest import MANIFEST_FILE

_FORGET: Final = (sys.executable, "-m", "pipelines", "forget", "--")
"""A program of its own: the collector knows no pipelines."""


_NOBODY: Final = 3
"""Its exit code where the corpus never had the speaker."""


class CorpusWithdrawalError(RuntimeError):
    """A speaker could not be taken out of the corpus; they stay on the list, to be taken later."""


async def forget_in_corpus(transactions: Transactions, workspace: Path) -> int:
    """Take everybody who withdrew out of a workspace's corpus, and off the list.

    Args:
        transactions: The database.
        workspace: The folder with ``data/`` and its versions.

    Returns:
        How many were taken out.

    Raises:
        CorpusWithdrawalError: ``ovoz forget`` failed; those before are done.
    """
    async with transactions.begin() as session:
        speakers = (await session.scalars(select(WithdrawnSpeaker.speaker))).all()
    for speaker in speakers:
        # Older versions may have a speaker whom the current one has not.
        for name in _find_names(workspace / "data" / MANIFEST_FILE, speaker) or [speaker]:
            command = [*_FORGET, name]
            done = await to_thread(subprocess.run, command, cwd=workspace, check=False)
            if done.returncode not in (0, _NOBODY):
                raise CorpusWithdrawalError(f"`ovoz forget {name}` failed in {workspace}")
        async with transactions.begin() as session:
            await session.execute(
                delete(WithdrawnSpeaker).where(WithdrawnSpeaker.speaker == speaker)
            )
            session.add(AuditEntry(event=LEFT_CORPUS))
    return len(speakers)


def _find_names(manifest: Path, speaker: str) -> list[str]:
    """What the speaker is called in the manifest: of a combined corpus, with the source before."""
    if not manifest.is_file():
        return []
    names = pq.read_table(manifest, columns=["speaker"])["speaker"].unique().to_pylist()
    return [name for name in names if name == speaker or name.endswith(f"/{speaker}")]
