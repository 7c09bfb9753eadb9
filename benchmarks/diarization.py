"""How well are speakers of a mono recording told apart?

    python benchmarks/diarization.py CORPUS NOISES ENCODER [--split test] [--dialogues 300]
        [--json FILE]

CORPUS is a folder with ``metadata.csv`` (columns audio, text, speaker, split), NOISES a folder of
recordings without speech, ENCODER a speaker encoder (``ovoz export-encoder``). Dialogues of 2 to 5
speakers are composed from the clips of a split (`dialogues.py`). Settings were tuned on dev.

Errors are pyannote.metrics': the diarization error rate (missed, false and confused speech over all
speech) with overlaps and without a collar, and the Jaccard error rate, over all dialogues of a
row. *Found* is the share of dialogues whose number of speakers is right. ``spectralcluster`` is
that library's default pipeline on the same embeddings. Speed is seconds of audio in a second of
our own diarization, on one thread.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate
from rich.console import Console
from rich.table import Table
from spectralcluster import SpectralClusterer

from benchmarks.dialogues import Dialogue, compose, read_noises, read_voices
from ovoz.audio.signal import Seconds, duration_s
from ovoz.evaluation.hardware import describe_hardware
from ovoz.speakers.clustering import Labels
from ovoz.speakers.config import DiarizationConfig, SpeakerCount
from ovoz.speakers.diarization import Diarizer
from ovoz.speakers.encoder import Embeddings, SpeakerEncoder
from ovoz.speakers.segments import SpeakerSegment

OURS: Final = "ovoz, number found"
SYSTEMS: Final = (OURS, "ovoz, 2 to 5", "ovoz, number given", "spectralcluster")
_LENGTH_S: Final = (60.0, 150.0)
_LIBRARIES: Final = ("onnxruntime", "scikit-learn", "spectralcluster", "pyannote.metrics")


class RememberingEncoder(SpeakerEncoder):
    """An encoder that embeds the same windows once: every system has the same embeddings."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known: dict[bytes, Embeddings] = {}

    def embed(self, windows: npt.NDArray[np.float32]) -> Embeddings:
        """As :meth:`SpeakerEncoder.embed`."""
        key = windows.tobytes()
        if key not in self._known:
            self._known[key] = super().embed(windows)
        return self._known[key]

    def forget(self) -> None:
        """Drop what was embedded."""
        self._known.clear()


@dataclass
class SystemScore:
    """Errors of one system over dialogues of one number of speakers."""

    der: DiarizationErrorRate = field(
        default_factory=lambda: DiarizationErrorRate(collar=0.0, skip_overlap=False)
    )
    jer: JaccardErrorRate = field(
        default_factory=lambda: JaccardErrorRate(  # type: ignore[no-untyped-call]
            collar=0.0, skip_overlap=False
        )
    )
    dialogues: int = 0
    right: int = 0

    def add(self, dialogue: Dialogue, found: list[SpeakerSegment]) -> None:
        """Count one dialogue."""
        reference = annotate((one.speaker, one.start_s, one.end_s) for one in dialogue.turns)
        told = annotate((str(one.speaker), one.start_s, one.end_s) for one in found)
        whole = Timeline([Segment(0, duration_s(dialogue.samples))])
        self.der(reference, told, uem=whole)
        self.jer(reference, told, uem=whole)
        self.dialogues += 1
        self.right += len({one.speaker for one in found}) == len(dialogue.speakers)

    def figures(self) -> dict[str, Any]:
        """Rates of all that was counted."""
        return {
            "dialogues": self.dialogues,
            "der": abs(self.der),
            "missed": self._share("missed detection"),
            "false": self._share("false alarm"),
            "confused": self._share("confusion"),
            "jer": abs(self.jer),
            "found": self.right / self.dialogues,
        }

    def _share(self, part: str) -> float:
        """Seconds of one kind of error over those of all speech."""
        seconds, all_s = self.der[part], self.der["total"]
        assert not isinstance(seconds, dict)
        assert not isinstance(all_s, dict)
        return seconds / all_s


def annotate(turns: Iterable[tuple[str, Seconds, Seconds]]) -> Annotation:
    """Turns as the scorer reads them."""
    annotation = Annotation()
    for place, (speaker, start_s, end_s) in enumerate(turns):
        annotation[Segment(start_s, end_s), place] = speaker
    return annotation


def cluster_by_default(
    embeddings: Embeddings, count: SpeakerCount, _config: DiarizationConfig
) -> Labels:
    """What ``spectralcluster`` does by itself with bounds on the number."""
    if len(embeddings) < count.most + 2:
        return np.zeros(len(embeddings), np.int64)
    library = SpectralClusterer(min_clusters=count.least, max_clusters=count.most)
    return np.asarray(library.predict(embeddings), np.int64)


def diarize_by_all(
    dialogue: Dialogue, encoder: RememberingEncoder
) -> tuple[dict[str, list[SpeakerSegment]], Seconds]:
    """What each system finds, and the time of the first one, which embeds."""
    ours, theirs = Diarizer(encoder), Diarizer(encoder, cluster=cluster_by_default)
    bounds, number = SpeakerCount(least=2, most=5), len(dialogue.speakers)
    started = time.perf_counter()
    found = {SYSTEMS[0]: ours.diarize([dialogue.samples])}
    took_s = time.perf_counter() - started
    found[SYSTEMS[1]] = ours.diarize([dialogue.samples], bounds)
    given = SpeakerCount(least=number, most=number)
    found[SYSTEMS[2]] = ours.diarize([dialogue.samples], given)
    found[SYSTEMS[3]] = theirs.diarize([dialogue.samples], bounds)
    encoder.forget()
    return found, took_s


def main(
    corpus: Path,
    noises: Path,
    encoder: Path,
    split: Annotated[str, typer.Option(help="Whose speakers talk.")] = "test",
    dialogues: Annotated[int, typer.Option(min=4, help="How many.")] = 300,
    out: Annotated[Path | None, typer.Option("--json", help="Where figures go too.")] = None,
) -> None:
    """Compose dialogues, tell their speakers apart, and print the errors."""
    if not (corpus / "metadata.csv").is_file() or not noises.is_dir():
        Console().print(f"skipped: there is no corpus at {corpus}, or no noise at {noises}")
        raise typer.Exit
    voices, sounds = read_voices(corpus, split), read_noises(noises)
    embeds = RememberingEncoder(encoder)
    scores: dict[str, dict[str, SystemScore]] = {name: {} for name in SYSTEMS}
    audio_s = took_s = 0.0
    for number in range(dialogues):
        rng = np.random.default_rng([number, len(split)])
        length_s = float(rng.uniform(*_LENGTH_S))
        dialogue = compose(str(number), voices, 2 + number % 4, length_s, sounds, rng)
        found, once_s = diarize_by_all(dialogue, embeds)
        audio_s, took_s = audio_s + duration_s(dialogue.samples), took_s + once_s
        for name, segments in found.items():
            for row in (str(len(dialogue.speakers)), "all"):
                scores[name].setdefault(row, SystemScore()).add(dialogue, segments)
    figures = {
        name: {row: score.figures() for row, score in sorted(rows.items())}
        for name, rows in scores.items()
    }
    facts = {
        "split": split,
        "speakers": len(voices),
        "hours": audio_s / 3600,
        "speed": audio_s / took_s,
        "hardware": describe_hardware(_LIBRARIES),
    }
    show(figures, facts)
    if out is not None:
        out.write_text(json.dumps(facts | {"systems": figures}, indent=1) + "\n", "utf-8")


def show(figures: dict[str, dict[str, dict[str, Any]]], facts: dict[str, Any]) -> None:
    """Print a table, and what it was measured on."""
    table = Table("system", "speakers", "dialogues", "DER", "missed", "false", "confused", "JER")
    table.add_column("found")
    for name, rows in figures.items():
        for row, score in rows.items():
            rates = ("der", "missed", "false", "confused", "jer", "found")
            shown = [f"{100 * score[rate]:.1f} %" for rate in rates]
            table.add_row(name, row, str(score["dialogues"]), *shown)
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{facts['speakers']} speakers of {facts['split']}, {facts['hours']:.1f} h;"
        f" {facts['speed']:.0f} times real time on one thread; {facts['hardware']}"
    )


if __name__ == "__main__":
    typer.run(main)
