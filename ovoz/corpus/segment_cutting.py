"""Utterances cut out of long recordings with a transcript of the whole, such as lectures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ovoz.audio.decode import stream
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.corpus.clips import write_clip
from ovoz.corpus.manifest import MANIFEST_FILE, ManifestError, Split, Utterance, write_manifest
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.segmentation import SegmentationConfig, SegmentText, Stretch, divide_transcript
from ovoz.corpus.split_plan import plan_source
from ovoz.corpus.survey import drop_unusable
from ovoz.corpus.tables import write_refusals
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

FindStretches = Callable[[Iterable[Samples]], Sequence[Stretch]]
"""Finds the stretches of speech in a recording that is read piece by piece, float32 at 16 kHz."""

_COLUMNS: Final = ("recording", "start_s", "end_s", "reason")


@dataclass(frozen=True, slots=True)
class SegmentCounts:
    """Number of utterances written, and of stretches and recordings refused."""

    kept: int
    refused: int


def cut_recordings(
    source: RecordingsConfig,
    folder: Path,
    config: SegmentationConfig,
    find_stretches: FindStretches,
    progress: ProgressCallback | None = None,
) -> SegmentCounts:
    """Write a corpus of the stretches in which a model hears what the transcripts say.

    Args:
        source: Long recordings, each with a transcript of the whole.
        folder: Gets ``audio/``, the manifest, and ``refused.tsv`` with what was left out and why;
            appears complete or not at all.
        config: What makes an utterance.
        find_stretches: Hears the speech in a recording.
        progress: Called with the number of recordings done and of all.

    Raises:
        ManifestError: The source cannot be read.
        AudioError: A recording cannot be decoded.
    """
    canonical = load_pack(source.pack).canonical
    unusable = [row for one in source.recordings() for row in drop_unusable(source, one)]
    recordings = _plan(source)
    for part in (recording for recording in recordings if recording.segment):
        raise ManifestError(f"{part.where} is a part of a file already: ingest it as `corpus`")
    rows: list[Utterance] = []
    refused: list[tuple[str, ...]] = [(row.path, "", "", row.reason) for row in unusable]
    with atomic_folder(folder) as unfinished:
        (unfinished / "audio").mkdir()
        for done, recording in enumerate(recordings, start=1):
            stretches = find_stretches(stream(recording.audio))
            found = divide_transcript(stretches, canonical(recording.text), config)
            rows += cut_utterances(recording, source, found, stream(recording.audio), unfinished)
            refused += _refusals(recording.name, found)
            if progress is not None:
                progress(done, len(recordings))
        write_manifest(rows, unfinished / MANIFEST_FILE)
        write_refusals(unfinished, _COLUMNS, refused)
    return SegmentCounts(kept=len(rows), refused=len(refused))


def _plan(source: RecordingsConfig) -> list[Recording]:
    """The usable recordings, each with a split."""
    planned = plan_source(source, {recording.split for recording in source.recordings()})
    return [replace(recording, split=split or Split.TRAIN) for recording, split in planned]


def _refusals(recording: str, found: Sequence[SegmentText]) -> list[tuple[str, ...]]:
    if not found:
        return [(recording, "", "", "nothing was heard")]
    return [
        (recording, f"{one.stretch.start_s:.2f}", f"{one.stretch.end_s:.2f}", one.fault)
        for one in found
        if one.fault
    ]


def cut_out(
    pieces: Iterable[Samples], spans: Sequence[tuple[Seconds, Seconds]]
) -> Iterator[Samples]:
    """The sound of each span, in order, out of a recording that is read piece by piece.

    Args:
        pieces: The recording, float32 [T] at 16 kHz.
        spans: Starts and ends, each start at or behind the one before. A span behind the end of
            the recording is cut short.
    """
    edges = iter([(round(a * SAMPLE_RATE), round(b * SAMPLE_RATE)) for a, b in spans])
    wanted = next(edges, None)
    held, at = np.zeros(0, np.float32), 0  # what may still be wanted, and where it begins
    for piece in pieces:
        held = np.concatenate([held, piece])
        while wanted is not None and wanted[1] <= at + len(held):
            yield held[wanted[0] - at : wanted[1] - at].copy()
            wanted = next(edges, None)
        if wanted is None:
            return
        drop = min(max(wanted[0] - at, 0), len(held))
        held, at = held[drop:], at + drop
    while wanted is not None:
        yield held[max(wanted[0] - at, 0) : max(wanted[1] - at, 0)].copy()
        wanted = next(edges, None)


def cut_utterances(
    recording: Recording,
    source: RecordingsConfig,
    found: Sequence[SegmentText],
    pieces: Iterable[Samples],
    folder: Path,
) -> list[Utterance]:
    """Write the sound of every segment without a fault under ``folder``, and their rows.

    Args:
        recording: What was segmented.
        source: Where it comes from; gives licence, consent and split.
        found: Its segments.
        pieces: Its sound, float32 [T] at 16 kHz, from the start.
        folder: Folder of the corpus; files go into ``audio/``.
    """
    good = [one for one in found if not one.fault]
    spans = [(one.stretch.start_s, one.stretch.end_s) for one in good]
    sounds = zip(good, cut_out(pieces, spans), strict=True)
    return [
        _utterance(recording, source, one.text, samples, folder, number)
        for number, (one, samples) in enumerate(sounds)
    ]


def _utterance(
    recording: Recording,
    source: RecordingsConfig,
    text: str,
    samples: Samples,
    folder: Path,
    number: int,
) -> Utterance:
    name = f"{Path(recording.name).stem}-{number:05d}"
    return Utterance(
        id=name,
        text=text,
        raw_text=text,
        languages=utterance_language(text.split(), load_pack(source.pack).transcript_languages),
        dialect=recording.dialect,
        speaker=recording.speaker or recording.name,
        source=f"segmented:{recording.source or source.name}",
        licence=recording.licence or source.licence,
        consent=recording.consent or source.consent,
        split=recording.split or Split.TRAIN,
        condition=recording.condition,
        **write_clip(folder, f"audio/{name}.flac", samples),
    )
