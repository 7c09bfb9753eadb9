"""VIVOS, a Vietnamese corpus: ``<split>/prompts.txt`` and ``<split>/waves/<speaker>/<id>.wav``."""

from collections.abc import Iterator
from typing import Final, Literal

from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.recordings import Recording, RecordingsConfig

_SPLITS: Final = {"test": Split.TEST, "train": None}


class VivosConfig(RecordingsConfig):
    """VIVOS unpacked; some of the speakers of its train split become dev."""

    source: Literal["vivos"] = "vivos"
    pack: str
    licence: str = "CC-BY-NC-SA-4.0"
    consent: str = "volunteers, to the publisher's terms"
    test_share: float = 0.0

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "vivos"

    def recordings(self) -> Iterator[Recording]:
        """The lines of both prompt lists: an id of speaker and number, then the sentence."""
        for folder, split in _SPLITS.items():
            table = self.path / folder / "prompts.txt"
            try:
                lines = table.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise ManifestError(f"{table}: not a readable list: {error}") from error
            for number, line in enumerate(lines, start=1):
                name, _, text = line.strip().partition(" ")
                speaker = name.partition("_")[0]
                if name:
                    yield Recording(
                        name=name,
                        audio=self.path / folder / "waves" / speaker / f"{name}.wav",
                        text=text,
                        where=f"{table}: line {number}",
                        speaker=speaker,
                        split=split,
                    )
