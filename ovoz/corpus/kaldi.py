"""Data folders of Kaldi: ``wav.scp``, ``text``, ``utt2spk``, ``segments`` of files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from ovoz.corpus.file_segments import FileSegment
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig

_COMMAND: Final = (
    "is a command, which is not run: write its output to a file (`wav-copy scp:wav.scp"
    " scp,t:…`) and name the file in wav.scp"
)


class KaldiConfig(RecordingsConfig):
    """Data folders below ``path``, such as ``data/train``, with their splits.

    Names in ``wav.scp`` are relative to ``root`` (default: ``path``), as Kaldi's are to the folder
    in which it runs. The lists are held in memory, the audio is not.
    """

    source: Literal["kaldi"] = "kaldi"
    folders: dict[str, Split | None] = Field(default={"": None}, min_length=1)
    root: Path | None = None

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"kaldi:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """The utterances in the order of ``segments``, or of ``wav.scp`` where there is none."""
        for folder, split in self.folders.items():
            yield from self._of_folder(self.path / folder, split)

    def _of_folder(self, folder: Path, split: Split | None) -> Iterator[Recording]:
        files = dict(_read_pairs(folder / "wav.scp"))
        texts, speakers = (dict(_read_pairs(folder / name)) for name in ("text", "utt2spk"))
        listed = folder / "segments"
        parts = _read_pairs(listed) if listed.is_file() else ((name, name) for name in files)
        for utterance, place in parts:
            where = f"{listed if listed.is_file() else folder / 'wav.scp'}: {utterance}"
            recording, *times = place.split()
            file = files.get(recording, "")
            segment = _read_segment(times, where)
            yield Recording(
                name=utterance,
                audio=locate_file(self.root or self.path, file or recording),
                text=texts.get(utterance, ""),
                where=where,
                speaker=speakers.get(utterance, recording if segment else ""),
                split=split,
                refused=_refuse(recording, file, utterance in texts),
                segment=segment,
            )


def _refuse(recording: str, file: str, has_text: bool) -> str:
    if not file:
        return f"wav.scp has no {recording}"
    if file.endswith("|"):
        return f"{recording} {_COMMAND}"
    if ".ark:" in file:
        return f"{recording} lies in an archive: unpack it by `wav-copy scp:wav.scp scp,t:…`"
    return "" if has_text else "text has no line for it"


def _read_segment(times: list[str], where: str) -> FileSegment | None:
    """Start and end in seconds; an end of -1 is that of the file."""
    if not times:
        return None
    try:
        start_s, end_s = map(float, times[:2])
        return FileSegment(start_s, None if end_s == -1 else end_s)
    except ValueError as error:
        raise ManifestError(f"{where}: {error}") from error


def _read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """First word and rest of every line.

    Raises:
        ManifestError: The list cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for line in stream:
                if line.strip():
                    name, *rest = line.split(maxsplit=1)
                    yield name, rest[0].strip() if rest else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: not a readable list: {error}") from error
