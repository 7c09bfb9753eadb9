"""How well does a model hear real speech, beside Whisper as it is?

    python benchmarks/real_speech.py CORPUS --artifact FOLDER [--artifact FOLDER …]
        [--whisper FOLDER] [--language uz] [--clips 80] [--defaults] [--noise FOLDER] [--json FILE]

CORPUS is a folder with ``metadata.csv`` (columns audio, text, speaker, split); its test split is
transcribed. Each artifact is read greedily, by its served decoder, and by the other decoders that
its language models allow. ``--whisper`` is a folder of a released Whisper in CTranslate2's layout:
faster-whisper reads it in int8, told the language, greedily and without a second try at a higher
temperature; ``--defaults`` adds its usual settings on the same clips (beam 5, six temperatures),
which takes several times as long.

Every system runs in a process of its own with one thread. Error rates are of the canonical
text, with 95 % intervals by speaker; words of Ovoz's own systems keep their script, as in every
evaluation. Speed is seconds of audio in a second, without the decoding of the
files; memory is the largest resident set of the process. ``--noise`` is a folder of recordings
without speech: the words that a system writes into a minute of them, of each its first half minute.
"""

import csv
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any, Final

import psutil
import typer
from rich.console import Console
from rich.table import Table

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.metrics.bootstrap import confidence_intervals
from ovoz.evaluation.metrics.pair import Pair
from ovoz.evaluation.metrics.tally import tally
from ovoz.text.language import Language
from ovoz.text.pack import load_pack

PACK: Final = load_pack("uz-ru")
NOISE_S: Final = 30
BOUNDS: Final = ("value", "low", "high")
LIBRARIES: Final = ("onnxruntime", "ctranslate2", "faster-whisper", "flashlight-text")


@dataclass(frozen=True, slots=True)
class Clip:
    """A file, what is said in it, and by whom."""

    audio: Path
    text: str
    speaker: str
    languages: Language


@dataclass(frozen=True, slots=True)
class Reading:
    """What a system wrote, how long it took, and what it needed."""

    texts: list[str]
    labels: list[Language | None]
    seconds: float
    noise_words: int
    memory_mb: float


Heard = tuple[str, Language | None]
System = Callable[[Samples], Heard]


def read_test_clips(corpus: Path, language: Language) -> list[Clip]:
    """The test split of a folder, in the order of its table."""
    with (corpus / "metadata.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [
            Clip(
                corpus / row["audio"], PACK.canonical(row["text"]), row.get("speaker", ""), language
            )
            for row in csv.DictReader(stream)
            if row["split"] == "test"
        ]


def load_artifact(artifact: Path, decoder: DecoderConfig | None) -> System:
    """An artifact, read by ``decoder`` or as it is served."""
    engine = load_engine(artifact, decoder=decoder)

    def transcribe(samples: Samples) -> Heard:
        (transcript,) = engine.transcribe([samples])
        return transcript.text, transcript.language

    return transcribe


def load_whisper(folder: Path, language: Language, defaults: bool) -> System:
    """A released Whisper, told the language."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    how = {} if defaults else {"beam_size": 1, "temperature": 0.0}

    def transcribe(samples: Samples) -> Heard:
        segments, _ = model.transcribe(samples, language=language.value, **how)
        return " ".join(segment.text.strip() for segment in segments), None

    return transcribe


def decoders_of(artifact: Path) -> dict[str, DecoderConfig | None]:
    """Each way to read an artifact, by name."""
    served = read_description(artifact, verify=False).decoder
    kinds = (DecoderKind.LEXICON, DecoderKind.CHARACTERS, DecoderKind.OPEN, DecoderKind.COMBINED)
    others = {kind.value: served.model_copy(update={"kind": kind}) for kind in kinds}
    others.pop(served.kind.value, None)
    return {
        "greedy": DecoderConfig.best_path(ctc=True),
        f"{served.kind.value} (served)": None,
        **others,
    }


def read_noise(folder: Path) -> list[Samples]:
    """The beginnings of the recordings in a folder; what cannot be decoded is left out."""
    noise = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with suppress(AudioError):
            noise.append(decode(path)[: NOISE_S * SAMPLE_RATE])
    return noise


def run_apart(
    load: Callable[[], System], clips: Sequence[Clip], noise: Sequence[Samples]
) -> Reading:
    """What a system writes of the clips, in a new process."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(load, clips, noise, sender))
    process.start()
    sender.close()
    try:
        reading: Reading = receiver.recv()
    except EOFError as error:
        raise typer.BadParameter("a system failed; its message is above") from error
    finally:
        process.join()
    return reading


def _run(
    load: Callable[[], System], clips: Sequence[Clip], noise: Sequence[Samples], sender: Connection
) -> None:
    transcribe = load()
    transcribe(decode(clips[0].audio))
    texts, labels, seconds = [], [], 0.0
    for clip in clips:
        samples = decode(clip.audio)
        started = time.perf_counter()
        text, label = transcribe(samples)
        seconds += time.perf_counter() - started
        texts.append(text)
        labels.append(label)
    noise_words = sum(len(transcribe(one)[0].split()) for one in noise)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sender.send(Reading(texts, labels, seconds, noise_words, memory_mb))


def list_systems(
    artifacts: Sequence[Path], whisper: Path | None, language: Language, defaults: bool
) -> Iterator[tuple[str, Callable[[], System]]]:
    """Every system by its name, not loaded yet."""
    if whisper is not None:
        yield "whisper, int8, greedy", partial(load_whisper, whisper, language, False)
        if defaults:
            yield "whisper, int8, defaults", partial(load_whisper, whisper, language, True)
    for artifact in artifacts:
        name = read_description(artifact, verify=False).name
        for title, decoder in decoders_of(artifact).items():
            yield f"{name}, {title}", partial(load_artifact, artifact, decoder)


def score(
    reading: Reading, clips: Sequence[Clip], audio_s: float, noise_s: float
) -> dict[str, Any]:
    """The figures of a system; fractions, with the bounds of their 95 % intervals."""
    pairs = [
        Pair(clip.text, text, clip.speaker, hypothesis_language=label)
        for clip, text, label in zip(clips, reading.texts, reading.labels, strict=True)
    ]
    own = reading.labels[0] is not None
    intervals = confidence_intervals(tally(pairs, PACK, as_written=own))
    right = [label is clip.languages for clip, label in zip(clips, reading.labels, strict=True)]
    return {
        **{name: [getattr(intervals[name], of) for of in BOUNDS] for name in ("wer", "cer")},
        "language_right": sum(right) / len(right) if own else None,
        "noise_words_per_minute": 60 * reading.noise_words / noise_s if noise_s else None,
        "speed": audio_s / reading.seconds,
        "memory_mb": reading.memory_mb,
    }


def cells(figures: dict[str, Any]) -> list[str]:
    """The figures of a system as people read them."""
    rates = [f"{v:.1%} ({low:.1%}–{high:.1%})" for v, low, high in (figures["wer"], figures["cer"])]
    right, noise = figures["language_right"], figures["noise_words_per_minute"]
    return [
        *rates,
        "told" if right is None else f"{right:.1%}",
        "" if noise is None else f"{noise:.1f}",
        f"{figures['speed']:.0f}",
        f"{figures['memory_mb']:.0f}",
    ]


def add_to_file(path: Path, corpus: str, results: dict[str, Any]) -> None:
    """Put the results of a corpus into a JSON file; those of other corpora stay."""
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    text = json.dumps(known | {corpus: results}, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", "utf-8")


def main(
    corpus: Annotated[Path, typer.Argument(help="Folder with metadata.csv and its audio.")],
    artifact: Annotated[list[Path] | None, typer.Option(help="Exported model; may repeat.")] = None,
    whisper: Annotated[Path | None, typer.Option(help="Whisper in CTranslate2's layout.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the corpus.")] = Language.UZBEK,
    clips: Annotated[int | None, typer.Option(help="Take so many clips, spread over all.")] = None,
    noise: Annotated[Path | None, typer.Option(help="Folder of recordings without speech.")] = None,
    file: Annotated[Path | None, typer.Option("--json", help="Add the figures to it.")] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Whisper's usual settings too.")
    ] = False,
) -> None:
    """Transcribe the test split with every system, and print the table."""
    chosen = read_test_clips(corpus, language)
    if clips is not None:
        chosen = chosen[:: max(1, len(chosen) // clips)][:clips]
    audio_s = sum(len(decode(clip.audio)) for clip in chosen) / SAMPLE_RATE
    silent = read_noise(noise) if noise else []
    noise_s = sum(map(len, silent)) / SAMPLE_RATE
    speakers = len({clip.speaker for clip in chosen if clip.speaker})
    what = f"{len(chosen)} clips, {audio_s / 60:.0f} min"
    what += f", {speakers} speakers" if speakers else ""
    load = psutil.getloadavg()[0]
    hardware = f"{describe_hardware(LIBRARIES)}; 1 thread; load average {load:.1f} at the start"
    table = Table(
        "system", "WER", "CER", "language right", "words/min in noise", "× real time", "MB",
        title=f"{corpus.name}: {what}", caption=hardware,
    )  # fmt: skip
    console, systems = Console(), {}
    for name, load_system in list_systems(artifact or [], whisper, language, defaults):
        with console.status(name):
            systems[name] = score(run_apart(load_system, chosen, silent), chosen, audio_s, noise_s)
        table.add_row(name, *cells(systems[name]))
    console.print(table)
    if file is not None:
        part = "" if clips is None else f", {len(chosen)} of its clips"
        add_to_file(
            file, f"{corpus.name}{part}", {"what": what, "hardware": hardware, "systems": systems}
        )


if __name__ == "__main__":
    typer.run(main)
