"""Manifests of lhotse: supervisions of recordings, or cuts that hold both."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from ovoz.corpus.file_segments import FileSegment
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.normal_form import cell_text, locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig

_WHOLE_S: Final = 0.001
"""A supervision that leaves out less of its recording is all of it."""
_CUTS: Final = ("MonoCut", "MultiCut")
_SAVE: Final = "write it as audio first: `CutSet.save_audios` in Python"


class LhotseConfig(RecordingsConfig):
    """Every supervision as a recording, cut out of its file.

    ``cuts`` names manifests of cuts below ``path`` with their splits (None: planned). Without them
    ``supervisions`` and ``recordings`` are read. Either may be ``.jsonl`` or ``.jsonl.gz``. Files
    are looked for below ``path`` unless their paths are absolute. The table of recordings is held
    in memory.
    """

    source: Literal["lhotse"] = "lhotse"
    cuts: dict[str, Split | None] = Field(default_factory=dict)
    recording_set: str = "recordings.jsonl.gz"
    supervision_set: str = "supervisions.jsonl.gz"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"lhotse:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """The supervisions, in the order of the manifests."""
        for manifest, split in self.cuts.items():
            for where, cut in _read_lines(self.path / manifest):
                yield from self._of_cut(cut, where, split)
        if self.cuts:
            return
        known = {row.get("id"): row for _, row in _read_lines(self.path / self.recording_set)}
        for where, supervision in _read_lines(self.path / self.supervision_set):
            recording = known.get(supervision.get("recording_id"))
            yield self._recording(supervision, recording, 0.0, where, None)

    def _of_cut(
        self, cut: Mapping[str, Any], where: str, split: Split | None
    ) -> Iterator[Recording]:
        supervisions, kind = cut.get("supervisions") or [], cut.get("type", "MonoCut")
        if kind not in _CUTS:
            yield self._refused(cut, where, split, f"a {kind} is no part of one file: {_SAVE}")
        elif not supervisions:
            yield self._refused(cut, where, split, "the cut has no supervision, so no text")
        for supervision in supervisions:
            yield self._recording(supervision, cut.get("recording"), cut["start"], where, split)

    def _recording(
        self,
        supervision: Mapping[str, Any],
        recording: Mapping[str, Any] | None,
        start_s: float,
        where: str,
        split: Split | None,
    ) -> Recording:
        """A supervision; its start is relative to that of its cut, as lhotse has it."""
        fault = _find_fault(supervision, recording)
        if fault or recording is None:
            return self._refused(supervision, where, split, fault)
        start_s = max(start_s + supervision["start"], 0.0)
        try:
            segment = FileSegment(round(start_s, 6), round(start_s + supervision["duration"], 6))
        except ValueError as error:
            return self._refused(supervision, where, split, str(error))
        whole = supervision["duration"] > recording["duration"] - _WHOLE_S
        return Recording(
            name=str(supervision["id"]),
            audio=locate_file(self.path, recording["sources"][0]["source"]),
            text=cell_text(supervision.get("text")),
            where=where,
            speaker=cell_text(supervision.get("speaker")) or str(recording["id"]),
            split=split,
            segment=None if whole else segment,
        )

    def _refused(
        self, row: Mapping[str, Any], where: str, split: Split | None, why: str
    ) -> Recording:
        name = str(row.get("id"))
        return Recording(name, Path(name), "", where, split=split, refused=why)


def _find_fault(supervision: Mapping[str, Any], recording: Mapping[str, Any] | None) -> str:
    """Why a supervision cannot be cut out of its recording; empty when it can."""
    if recording is None:
        return f"there is no recording {supervision.get('recording_id')!r}"
    sources = recording.get("sources") or []
    channels = [channel for source in sources for channel in source.get("channels", ())]
    chosen = supervision.get("channel", 0)
    if len(sources) != 1 or sources[0].get("type") != "file":
        kinds = ", ".join(str(source.get("type")) for source in sources)
        return f"the recording is no single file ({kinds or 'no source'}): {_SAVE}"
    if recording.get("transforms"):
        return f"the recording is changed while it is read (transforms): {_SAVE}"
    if len(channels) > 1 and {*channels} != {*(chosen if isinstance(chosen, list) else [chosen])}:
        return f"channel {chosen} of {len(channels)}: {_SAVE}"
    return "" if cell_text(supervision.get("text")) else "the supervision has no text"


def _read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of a file of JSON lines, compressed or not, each with its name for messages.

    Raises:
        ManifestError: It cannot be read; the message names the line.
    """
    number = 0
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield f"{path}: line {number}", json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise ManifestError(f"{path}: line {number}: not a manifest of lhotse: {error}") from error
