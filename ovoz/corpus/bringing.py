"""One recording brought into a corpus: decoded, measured, named by its content."""

import hashlib
import re
import secrets
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.encode import encode_flac
from ovoz.audio.integrity import find_lost_audio
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Samples, Seconds, duration_s
from ovoz.corpus.dropped import DroppedRow
from ovoz.corpus.file_segments import SegmentReader
from ovoz.corpus.manifest import SCHEMA, Split, Utterance
from ovoz.corpus.marks import remove_marks
from ovoz.corpus.normal_form import escape_undecodable
from ovoz.corpus.origins import ORIGINS_SCHEMA, Origin
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.survey import drop, origin_path, shorten
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

PART_SCHEMA: Final = pa.schema(
    [
        *SCHEMA,
        *(field for field in ORIGINS_SCHEMA if field.name != "id"),
        *((name, pa.string()) for name in ("kind", "reason")),
    ]
)
"""An utterance with its origin, or a dropped row, whose ``kind`` is not null."""

_SILENT: Final = dict.fromkeys(Measures.__dataclass_fields__, 0.0)
_DIGITS: Final = 16
_LONGER: Final = 1.1
_LONGER_S: Final = 0.5
"""A file is longer than its row states from 10 % and half a second on: lengths are rounded."""
_UNSPLIT: Final = (
    "its sentence is held out with other speakers, or its speaker with other sentences;"
    " `ovoz split` shows what other rules keep"
)


def bring_recording(
    source: RecordingsConfig,
    recording: Recording,
    split: Split | None,
    folder: Path,
    apart: bool,
    segments: SegmentReader,
) -> dict[str, Any]:
    """A row of a part: the utterance with its origin, or why there is none.

    A recording that cannot be decoded is copied as it is, for validation to name. The id is that of
    the decoded audio and the text, so that rows added before it change nothing.

    Args:
        source: Where the recording is from.
        recording: The row.
        split: Its split; None when no split can have it.
        folder: The corpus; its ``audio/`` gets the file.
        apart: Whether speakers of several sources are to be told apart.
        segments: Cuts recordings that are a part of their file.
    """
    if split is None:
        return describe_dropped(drop(source, recording, "unsplit", _UNSPLIT))
    spoken = remove_marks(recording.text)
    if spoken.unheard:
        reason = f"its transcript leaves out what was not understood: {spoken.unheard}"
        return describe_dropped(drop(source, recording, "incomplete", reason))
    try:
        samples = _read(source, recording, segments)
    except AudioError as error:
        if recording.segment is not None:  # a copy of the whole file would be none of the part
            return describe_dropped(drop(source, recording, "unreadable", str(error)))
        audio, figures, lost_s = _copy(recording, folder, source.name), _SILENT, 0.0
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        return describe_dropped(drop(source, recording, "unreadable", reason))
    else:
        reason = _find_missing_segment(recording, samples)
        if reason:
            return describe_dropped(drop(source, recording, "longer", reason))
        audio, figures = _place(encode_flac(samples), folder), asdict(measure(samples))
        lost_s = _find_lost(recording, samples)
    pack = load_pack(source.pack)
    text = pack.canonical(spoken.text)
    digest = hashlib.sha256(audio.read_bytes()).hexdigest()
    utterance = Utterance(
        id=_digest(f"{digest} {text}") if figures["duration_s"] else audio.stem,
        audio=str(audio.relative_to(folder)),
        sha256=digest,
        text=text,
        raw_text=escape_undecodable(recording.text),
        languages=utterance_language(text.split(), pack.transcript_languages),
        dialect=recording.dialect,
        speaker=source.speaker_of(recording, apart=apart),
        source=recording.source or source.name,
        licence=recording.licence or source.licence,
        consent=recording.consent or source.consent,
        split=split,
        condition=recording.condition,
        **figures,
    )
    origin = Origin(
        row=escape_undecodable(shorten(source, recording.where)),
        path=escape_undecodable(origin_path(source, recording)),
        marks=" ".join(spoken.marks),
        lost_s=lost_s,
    )
    return utterance.model_dump(mode="json") | origin._asdict()


def _read(source: RecordingsConfig, recording: Recording, segments: SegmentReader) -> Samples:
    if recording.segment is None or isinstance(recording.audio, bytes):
        return decode(recording.audio, max_duration_s=source.max_duration_s)
    return segments.read(recording.audio, recording.segment, source.max_duration_s)


def _find_missing_segment(recording: Recording, samples: Samples) -> str:
    """Why a row that states a much shorter length than its file has cannot be taken whole."""
    stated_s, file_s = recording.stated_s, duration_s(samples)
    if not stated_s or file_s <= max(stated_s + _LONGER_S, stated_s * _LONGER):
        return ""
    return (
        f"the row states {stated_s:g} s, the file has {file_s:.2f} s: give the row an offset (0 at"
        " the start of the file) to have it cut, or leave its duration out"
    )


def _find_lost(recording: Recording, samples: Samples) -> Seconds:
    if recording.segment is not None:
        return recording.segment.lacks_s(samples)
    return find_lost_audio(recording.audio, duration_s(samples))


def describe_dropped(row: DroppedRow) -> dict[str, Any]:
    """A dropped row in the columns of :data:`PART_SCHEMA`."""
    return {name: escape_undecodable(cell) for name, cell in asdict(row).items()}


def _place(flac: bytes, folder: Path) -> Path:
    """The file of these bytes in the corpus; recordings with the same audio share it."""
    name = hashlib.sha256(flac).hexdigest()[:_DIGITS]
    path = _shelf(folder, name) / f"{name}.flac"
    unfinished = path.with_name(f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        unfinished.write_bytes(flac)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _copy(recording: Recording, folder: Path, source: str) -> Path:
    """The undecodable file in the corpus, named by its row: empty files are all the same."""
    name = _digest(f"{source} {recording.where} {recording.name}")
    if isinstance(recording.audio, bytes):
        path = _shelf(folder, name) / f"{name}.audio"
        path.write_bytes(recording.audio)
        return path
    ending = recording.audio.suffix
    ending = ending if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", ending) else ".audio"
    return Path(shutil.copyfile(recording.audio, _shelf(folder, name) / f"{name}{ending}"))


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]


def _shelf(folder: Path, name: str) -> Path:
    # 256 folders: file systems and people are slow with a million files in one.
    shelf = folder / "audio" / name[:2]
    shelf.mkdir(parents=True, exist_ok=True)
    return shelf
