"""Any data set of the Hugging Face hub, or on disk in a form that ``datasets`` reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, field_validator

from ovoz.corpus.manifest import Dialect, ManifestError, Split
from ovoz.corpus.normal_form import cell_text
from ovoz.corpus.recordings import Recording, RecordingsConfig

_COLUMNS: Final = frozenset(("audio", "text", "speaker", "dialect"))
_OWN: Final = {"audio": "audio", "text": "text"}


class HuggingFaceConfig(RecordingsConfig):
    """A data set by name or folder, read as a stream.

    ``columns`` maps ``audio``, ``text``, ``speaker`` and ``dialect`` to the data set's own names.
    ``splits`` says which of its splits become which of ours (None: by the speaker). ``subset`` is
    what the hub calls a configuration, such as a language.
    """

    source: Literal["hugging_face"] = "hugging_face"
    subset: str | None = None
    revision: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    splits: dict[str, Split | None] = Field(
        default={"test": Split.TEST, "validation": Split.DEV, "train": Split.TRAIN}, min_length=1
    )

    @field_validator("columns")
    @classmethod
    def _names_of_ours(cls, columns: dict[str, str]) -> dict[str, str]:
        strange = sorted(columns.keys() - _COLUMNS)
        if strange:
            raise ValueError(f"columns maps {sorted(_COLUMNS)}, not {strange}")
        return columns

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"{self.source}:{self.path}" + (f":{self.subset}" if self.subset else "")

    @property
    def is_absent(self) -> bool:
        """Never: what is no folder is looked for on the hub."""
        return False

    def recordings(self) -> Iterator[Recording]:
        """The rows of the splits, their audio as it is stored."""
        for name, split in self.splits.items():
            for number, row in enumerate(self._rows(name)):
                where = f"{self.name}, split {name}, row {number}"
                yield self._recording(row, f"{name}-{number:07d}", where, split)

    def _rows(self, split: str) -> Iterator[dict[str, Any]]:
        from datasets import load_dataset
        from datasets.exceptions import DatasetNotFoundError

        from ovoz.corpus.stored_audio import StoredAudio

        try:
            rows = load_dataset(
                str(self.path), self.subset, split=split, revision=self.revision, streaming=True
            )
        except (OSError, ValueError, DatasetNotFoundError) as error:
            raise ManifestError(f"{self.name}: no split {split!r} to be had: {error}") from error
        # Our own decoder reads what is stored, so that every source is decoded alike.
        yield from rows.cast_column(self._column("audio"), StoredAudio(decode=False))

    def _column(self, ours: str) -> str:
        return self.columns.get(ours, _OWN.get(ours, ""))

    def _recording(
        self, row: dict[str, Any], name: str, where: str, split: Split | None
    ) -> Recording:
        audio, text = row.get(self._column("audio")), row.get(self._column("text"))
        if not isinstance(audio, dict) or text is None:
            wanted = f"{self._column('audio')!r} and {self._column('text')!r}"
            raise ManifestError(f"{where}: needs the columns {wanted}, has {sorted(row)}")
        try:
            dialect = Dialect(row.get(self._column("dialect")) or Dialect.UNKNOWN)
        except ValueError as error:
            raise ManifestError(f"{where}: {error}") from error
        return Recording(
            name=name,
            audio=audio["bytes"] if audio.get("bytes") else Path(audio["path"]),
            text=str(text),
            where=where,
            speaker=cell_text(row.get(self._column("speaker"))),
            split=split,
            dialect=dialect,
        )
