"""A speaker who withdrew their consent, removed from a workspace and from the stores of DVC."""

import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ovoz.corpus.forgotten import (
    FORGOTTEN_FILE,
    add_forgotten,
    holds_speaker,
    remove_speaker,
)
from ovoz.corpus.validation.publication import remove_publication
from ovoz.workspace import Workspace
from pipelines.dvc_versions import forget_versions, stores_of
from steps.data_versions import version_folder

REMAINS: Final = (
    "What remains: your copies of the recordings, models and checkpoints that were trained on them,"
    " splices and reports of evaluations. docs/data.md, Consent withdrawn, says what to do."
)
_TABLES: Final = (".parquet", ".tar.gz")
"""Endings of manifests, and of the archives in which ZenML stores folders."""


class UnknownSpeakerError(ValueError):
    """Nobody of that name is in the corpus, its versions or what was made of it."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One place, and what was removed of it, such as "12 rows, 12 files"."""

    place: str
    removed: str


def forget(speaker: str, workspace: Workspace) -> list[Forgotten]:
    """Remove a speaker's recordings and rows; a call that was killed is simply made again.

    Args:
        speaker: The name in the manifest.
        workspace: The current folder.

    Raises:
        UnknownSpeakerError: There is nothing of such a speaker; nothing has changed but the list of
            forgotten speakers, so that a corpus to come does not bring them.
        OSError: A file cannot be removed.
    """
    add_forgotten(workspace.root / FORGOTTEN_FILE, speaker)
    found = [*_forget_corpora(speaker, workspace), *_forget_results(speaker, workspace)]
    if Path(".dvc").is_dir():
        found += _forget_stored(speaker, workspace)
    if not found:
        raise UnknownSpeakerError(
            f"nothing of a speaker {speaker!r} is left, or ever was; speakers are named in"
            f" {workspace.data}/manifest.parquet"
        )
    return found


def _forget_corpora(speaker: str, workspace: Workspace) -> Iterator[Forgotten]:
    for folder in (workspace.data, workspace.pseudo_labelled, workspace.segmented):
        if folder.is_dir():
            removed = remove_speaker(folder, speaker)
            if removed.rows or removed.files:
                yield Forgotten(f"{folder}/", f"{removed.rows} rows, {removed.files} files")


def _forget_results(speaker: str, workspace: Workspace) -> Iterator[Forgotten]:
    """Remove what steps made of the corpus; a step whose result is gone runs again."""
    made = [path for path in workspace.state.rglob("*") if path.name.endswith(_TABLES)]
    for path in sorted(made):
        if path.is_file() and _holds(path, speaker):
            shutil.rmtree(path.parent)
            yield Forgotten(f"{path.parent}/", "the folder")
    removed = remove_publication()
    if removed:
        yield Forgotten(f"{workspace.reports}/", f"{removed} pages and tables of the corpus")


def _holds(path: Path, speaker: str) -> bool:
    """Whether a manifest, or the one in an archived folder, has rows of the speaker."""
    if path.suffix == ".parquet":
        return holds_speaker(path, speaker)
    with TemporaryDirectory() as folder, tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".parquet"):
                archive.extract(member, folder, filter="data")
        return any(holds_speaker(found, speaker) for found in Path(folder).rglob("*.parquet"))


def _forget_stored(speaker: str, workspace: Workspace) -> Iterator[Forgotten]:
    """Version the corpus as it is now, and remove the speaker from every older version."""
    from dvc.repo import Repo

    if workspace.data.is_dir():
        version_folder(workspace.data)
    with Repo(".") as repository:
        for name, store in stores_of(repository):
            removed = forget_versions(store, speaker)
            if removed:
                yield Forgotten(name, f"{removed} objects")
