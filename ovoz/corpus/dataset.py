"""A dataset: a manifest, the folder that its audio paths are relative to, and a version."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.manifest import MANIFEST_FILE, Split, Utterance, read_manifest
from ovoz.workspace import Workspace


class Dataset(BaseModel):
    """Utterances and where their audio lies.

    Audio paths in ``manifest`` are relative to ``root``. The manifest of a corpus lies in its root;
    that of the accepted rows lies elsewhere and shares the corpus's root. ``version`` is DVC's hash
    of ``root``; None where DVC does not keep the audio.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manifest: Path
    root: Path
    version: str | None = None

    @classmethod
    def in_folder(cls, folder: Path, version: str | None = None) -> Self:
        """The dataset of a folder that holds both ``manifest.parquet`` and the audio."""
        return cls(manifest=folder / MANIFEST_FILE, root=folder, version=version)

    def rows(self, split: Split | None = None) -> list[Utterance]:
        """Rows of the manifest, all or those of one split.

        Raises:
            ManifestError: The manifest is missing or damaged.
        """
        rows = read_manifest(self.manifest)
        return rows if split is None else [row for row in rows if row.split is split]

    def texts(self, split: Split) -> list[str]:
        """Transcripts of a split, in the order of the manifest."""
        return [row.text for row in self.rows(split)]

    def duration_s(self, split: Split) -> Seconds:
        """Length of a split's audio."""
        return sum(row.duration_s for row in self.rows(split))

    def first_of_each_language(self, split: Split) -> list[Utterance]:
        """The first row of each language in a split."""
        first: dict[str, Utterance] = {}
        for row in self.rows(split):
            first.setdefault(row.languages, row)
        return list(first.values())

    def audio_path(self, row: Utterance) -> Path:
        """Where the audio of a row lies."""
        return self.root / row.audio

    def samples(self, row: Utterance) -> Samples:
        """Audio of a row, float32 [T] at 16 kHz.

        Raises:
            AudioError: The audio cannot be read.
        """
        return decode(self.audio_path(row))


def choose_spread(rows: Sequence[Utterance], most: int) -> list[Utterance]:
    """At most ``most`` rows, at equal distances over all of them."""
    return list(rows[:: max(1, len(rows) // most)][:most])


def accepted_rows(workspace: Workspace) -> Dataset:
    """The rows that validation accepted in the last data run of a workspace."""
    return Dataset(manifest=workspace.validation / MANIFEST_FILE, root=workspace.data)


def noisy_test(workspace: Workspace) -> Dataset:
    """The noisy copy of the test split that the last data run of a workspace made."""
    return Dataset.in_folder(workspace.noisy_test)
