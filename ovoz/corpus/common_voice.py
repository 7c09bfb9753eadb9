"""Mozilla Common Voice: a release unpacked on disk, or the layout of its data set on the hub.

A release is ``<path>/clips/*.mp3`` beside ``train.tsv``, ``dev.tsv``, ``test.tsv`` and
``validated.tsv``. The splits are the release's own, disjoint by speaker; they take one recording a
sentence, and with ``validated`` the recordings that they left are trained on where their speaker is
in neither dev nor test. The hub has ``transcript/<language>/<split>.tsv`` and the clips in
``audio/<language>/<split>/*.tar``, which are read as streams and never unpacked.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from ovoz.corpus.hub import fetch_snapshot, read_members
from ovoz.corpus.manifest import Dialect, Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import read_table

_COLUMNS: Final = {
    "audio": "path",
    "text": "sentence",
    "speaker": "client_id",
    "accents": "accents",
}
_REQUIRED: Final = ("audio", "text", "speaker")
_SPLITS: Final = (Split.TEST, Split.DEV, Split.TRAIN)


_ACCENTS: Final = {
    "toshkent": Dialect.TASHKENT,
    "tashkent": Dialect.TASHKENT,
    "ташкент": Dialect.TASHKENT,
    "farg": Dialect.FERGANA,
    "fergana": Dialect.FERGANA,
    "ферган": Dialect.FERGANA,
    "xorazm": Dialect.KHOREZM,
    "khorezm": Dialect.KHOREZM,
    "хорезм": Dialect.KHOREZM,
}


class CommonVoiceConfig(RecordingsConfig):
    """A release of one language, such as ``cv-corpus-17.0-2024-03-15/uz``.

    With ``language``, ``path`` is a folder with the hub's layout, or the name of a data set there.
    ``accents`` gives the dialect of speakers who describe their accent with one of these words.
    """

    source: Literal["common_voice"] = "common_voice"
    licence: str = "CC0-1.0"
    consent: str = "contributors of Common Voice, to its terms"
    language: str | None = None
    validated: bool = False
    accents: dict[str, Dialect] = Field(default_factory=lambda: dict(_ACCENTS))

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"common_voice:{self.language or self.path.name}"

    @property
    def is_absent(self) -> bool:
        """With ``language``, what is no folder is looked for on the hub."""
        return self.language is None and super().is_absent

    def recordings(self) -> Iterator[Recording]:
        """Test, dev and train; then what else is validated."""
        held_out: set[str] = set()
        seen: set[str] = set()
        for split in _SPLITS:
            for recording in self._table(split.value, split):
                seen.add(recording.name)
                if split is not Split.TRAIN:
                    held_out.add(recording.speaker)
                yield recording
        if self.validated:
            for recording in self._table("validated", Split.TRAIN):
                if recording.name not in seen:
                    held = recording.speaker in held_out
                    why = "its speaker is in dev or test" if held else ""
                    yield replace(recording, refused=why)

    def _table(self, name: str, split: Split) -> Iterator[Recording]:
        """The recordings of one of the release's tables."""
        if self.language is None:
            for where, row in self._rows(self.path / f"{name}.tsv"):
                yield self._recording(
                    locate_file(self.path / "clips", row["audio"]), where, row, split
                )
            return
        own = (f"transcript/{self.language}/{name}.tsv", f"audio/{self.language}/{name}/*")
        root = fetch_snapshot(self.path, *own)
        # Which clips an archive holds no table says: a table fits into memory, an archive does not.
        rows = {row["audio"]: (where, row) for where, row in self._rows(root / own[0])}
        for archive in sorted(root.glob(f"{own[1]}.tar")):
            for file, audio in read_members(archive):
                if file in rows:
                    yield self._recording(audio, *rows[file], split)

    def _rows(self, table: Path) -> Iterator[tuple[str, dict[str, str]]]:
        # The tables are not quoted: a quotation mark is one that the sentence has.
        return read_table(table, _COLUMNS, _REQUIRED, quoted=False)

    def _recording(
        self, audio: Path | bytes, where: str, row: dict[str, str], split: Split
    ) -> Recording:
        accent = row["accents"].casefold()
        spoken = (dialect for word, dialect in self.accents.items() if word.casefold() in accent)
        return Recording(
            name=row["audio"],
            audio=audio,
            text=row["text"],
            where=where,
            speaker=row["speaker"],
            split=split,
            dialect=next(spoken, Dialect.UNKNOWN),
        )
