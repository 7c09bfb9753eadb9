"""Mozilla Common Voice, from a release unpacked on disk.

A release is ``<path>/clips/*.mp3`` beside ``train.tsv``, ``dev.tsv``, ``test.tsv`` and
``validated.tsv``. The splits are the release's own, disjoint by speaker; they take one recording a
sentence, and with ``validated`` the recordings that they left are trained on where their speaker is
in neither dev nor test.
"""

from collections.abc import Iterator
from typing import Final, Literal

from ovoz.corpus.manifest import Split
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import read_table

_COLUMNS: Final = {"audio": "path", "text": "sentence", "speaker": "client_id"}
_SPLITS: Final = (Split.TEST, Split.DEV, Split.TRAIN)


class CommonVoiceConfig(RecordingsConfig):
    """A release of one language, such as ``cv-corpus-17.0-2024-03-15/uz``."""

    source: Literal["common_voice"] = "common_voice"
    licence: str = "CC0-1.0"
    consent: str = "contributors of Common Voice, to its terms"
    validated: bool = False

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"common_voice:{self.path.name}"

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
                if recording.name not in seen and recording.speaker not in held_out:
                    yield recording

    def _table(self, name: str, split: Split) -> Iterator[Recording]:
        # Its tables are not quoted: a quotation mark is one that the sentence has.
        rows = read_table(self.path / f"{name}.tsv", _COLUMNS, tuple(_COLUMNS), quoted=False)
        for where, row in rows:
            yield Recording(
                name=row["audio"],
                audio=self.path / "clips" / row["audio"],
                text=row["text"],
                where=where,
                speaker=row["speaker"],
                split=split,
            )
