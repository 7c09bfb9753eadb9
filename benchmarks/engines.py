"""How fast is each engine, decoding included, beside a Whisper of the same encoder?

    python benchmarks/engines.py ARTIFACT CLIPS [--checkpoint FOLDER] [--threads 1]
    python benchmarks/engines.py --base [--threads 1]

The first form runs an exported artifact on 16 kHz mono WAV or FLAC files: every precision and
decoder that it holds, and the trained network where its checkpoint is given. Beside it run Whispers
whose encoder and decoder have the width and depth of the artifact's encoder (they read 100 feature
frames a second, as every Whisper does; the artifact may read fewer). The second form does the same
at the dimensions of ``openai/whisper-base``, with random weights on all sides, on noise of 3, 10
and 30 seconds; random log-probabilities make a beam search meaningless, so CTC decodes greedily
there.

A Whisper writes as many tokens as the text that the artifact reads would take, at three letters a
token; four tokens a second for noise. ``faster-whisper`` is its ``WhisperModel`` on one clip, and
its ``BatchedInferencePipeline`` on a batch, as people call them: samples in, segments out, without
a second try at another temperature, which random weights would always cause. ``CTranslate2 padded``
is what lies under it, called directly: faster-whisper's own features, padded to 30 seconds.
``CTranslate2 as long`` is given the audio's own length. All rows see the same clips on the same
number of threads, features included, after a warm-up. The second table says how many times the
artifact's throughput, as it is served, is that of each Whisper, and what part its latency is.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import soundfile
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.speed import BATCH, Clips, Run, Speed, measure
from benchmarks.untrained import WHISPER_BASE, untrained
from benchmarks.whisper import LETTERS_PER_TOKEN, Size, whispers
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.engine.artifact.description import EngineKind, ModelIdentity, Versions
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.engine.export.exporter import export
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.checkpoint import save_checkpoint

LIBRARIES: Final = (
    "onnxruntime", "flashlight-text", "ctranslate2", "faster-whisper", "transformers", "torch",
)  # fmt: skip
BASE: Final = Size(WHISPER_BASE.d_model, WHISPER_BASE.layers, WHISPER_BASE.heads)
TOKENS_PER_SECOND: Final = 4


def read_clips(folder: Path, most: int) -> list[Samples]:
    """The first ``most`` clips of a folder, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".flac"})[:most]
    if not paths:
        raise typer.BadParameter(f"{folder} holds no .wav or .flac file")
    clips = []
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != SAMPLE_RATE or samples.ndim != 1:
            raise typer.BadParameter(f"{path}: {rate} Hz, {samples.shape}; expected 16 kHz mono")
        clips.append(samples)
    return clips


def served(artifact: Path, threads: int) -> tuple[str, Run]:
    """The artifact as it is served."""
    description = read_description(artifact)
    name = f"{_name(description.decoder, description.precision)} (served)"
    return name, _run(load_engine(artifact, threads=threads))


def others(artifact: Path, checkpoint: Path | None, threads: int) -> Iterator[tuple[str, Run]]:
    """Every other decoder, and precision of the head that it reads, that the artifact holds."""
    description = read_description(artifact)
    asked = (description.precision, description.decoder.kind)
    for kind in DecoderKind:
        decoder = description.decoder.model_copy(update={"kind": kind})
        needs_letters = kind in {DecoderKind.CHARACTERS, DecoderKind.COMBINED}
        if needs_letters and decoder.character_model is None:
            continue
        for precision in description.exported(EngineKind.of(decoder)):
            if (precision, kind) != asked:
                engine = load_engine(
                    artifact, decoder=decoder, precision=precision, threads=threads
                )
                yield _name(decoder, precision), _run(engine)
    if checkpoint is not None:
        decoder = description.decoder.with_models_in(artifact)
        lexicon = read_lexicon(artifact / LEXICON_FILE)
        yield (
            f"trained, fp32, {decoder.kind}",
            _run(load_trained_engine(checkpoint, decoder, lexicon)),
        )


def _name(decoder: DecoderConfig, precision: Precision) -> str:
    judged = ", judged by attention" if decoder.rescores else ""
    return f"{EngineKind.of(decoder)} {precision}, {decoder.kind}{judged}"


def _run(engine: SupportsTranscribe) -> Run:
    return lambda signals, _: engine.transcribe(signals)


def spoken(artifact: Path, signals: Sequence[Samples]) -> Clips:
    """Clips with as many tokens as the text that the artifact reads in them would take."""
    texts = [each.text for each in load_engine(artifact).transcribe(signals)]
    tokens = [max(1, len(text) // LETTERS_PER_TOKEN) for text in texts]
    mean_s = sum(map(len, signals)) / len(signals) / SAMPLE_RATE
    return Clips(f"{len(signals)} clips of {mean_s:.1f} s on average", signals, tokens)


def noise(seconds: int, count: int) -> Clips:
    """Clips of noise of one length."""
    drawn = np.random.default_rng(0).normal(0, 0.1, (count, seconds * SAMPLE_RATE))
    tokens = [seconds * TOKENS_PER_SECOND] * count
    title = f"dimensions of whisper-base, random weights; {count} clips of {seconds} s of noise"
    return Clips(title, list(drawn.astype(np.float32)), tokens)


def random_artifact(folder: Path) -> Path:
    """A CTC network of whisper-base's size with random weights, exported in int8-dynamic."""
    identity = ModelIdentity(
        name="random",
        versions=Versions(code="none", data="none", normalizer="none"),
        training_data="random weights",
    )
    checkpoint = save_checkpoint(untrained(WHISPER_BASE), folder / "checkpoint")
    return export(checkpoint, [], folder / "artifact", identity, decoder=DecoderConfig())


def speeds_table(title: str, speeds: dict[str, Speed]) -> Table:
    """Every system with its speed, and where it was measured."""
    table = Table(title=title, caption=describe_hardware(LIBRARIES))
    for column in ("system", "p50 ms", "p95 ms", "audio s/s, batch 1", f"batch {BATCH}"):
        table.add_column(column, justify="left" if column == "system" else "right")
    for name, speed in speeds.items():
        latencies = (f"{speed.p50_ms:.1f}", f"{speed.p95_ms:.1f}")
        table.add_row(name, *latencies, f"{speed.alone:.0f}", f"{speed.batched:.0f}")
    return table


def ratios_table(name: str, ours: Speed, peers: dict[str, Speed]) -> Table:
    """How the served system stands to each of the others."""
    table = Table(title=f"{name}, beside")
    for column in ("system", "throughput, batch 1", f"batch {BATCH}", "p95 latency"):
        table.add_column(column, justify="left" if column == "system" else "right")
    for peer, speed in peers.items():
        times = (f"{ours.alone / speed.alone:.1f} ×", f"{ours.batched / speed.batched:.1f} ×")
        table.add_row(peer, *times, f"1/{speed.p95_ms / ours.p95_ms:.1f}")
    return table


def compare(
    clips: Clips, ours: tuple[str, Run], more: dict[str, Run], peers: dict[str, Run], how: str,
    rounds: int, budget_s: float,
) -> Iterator[Table]:  # fmt: skip
    """Both tables of one set of clips."""
    name, run = ours
    runs = {name: run} | more | peers
    speeds = {
        each: measure(runs[each], clips, rounds, budget_s)
        for each in track(list(runs), clips.title)
    }
    yield speeds_table(f"{clips.title}; {how}", speeds)
    if peers:
        yield ratios_table(name, speeds[name], {each: speeds[each] for each in peers})


def main(
    artifact: Annotated[Path | None, typer.Argument(help="Directory of the model.")] = None,
    clips: Annotated[Path | None, typer.Argument(help="Folder of 16 kHz mono clips.")] = None,
    base: Annotated[bool, typer.Option("--base", help="Random weights, whisper-base.")] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="What was trained, for torch.")] = None,
    beside: Annotated[bool, typer.Option("--whisper/--no-whisper")] = True,
    width: Annotated[int, typer.Option(help="Width of the artifact's encoder.")] = 144,
    layers: Annotated[int, typer.Option(help="Depth of the artifact's encoder.")] = 4,
    heads: Annotated[int, typer.Option(help="Attention heads of the artifact.")] = 4,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    budget_s: Annotated[float, typer.Option(min=0, help="After it no round is begun.")] = 60.0,
    most: Annotated[int, typer.Option(min=1, help="Clips to use.")] = 32,
) -> None:
    """Measure, and print two tables for a set of clips."""
    how = f"{threads} thread(s)"
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        size = BASE if base else Size(width, layers, heads)
        peers = whispers(size, scratch, threads) if beside else {}
        if base:
            ours = served(random_artifact(scratch), threads)
            sets, more = [noise(seconds, most) for seconds in (3, 10, 30)], {}
        elif artifact is not None and clips is not None:
            ours = served(artifact, threads)
            sets = [spoken(artifact, read_clips(clips, most))]
            more = dict(others(artifact, checkpoint, threads))
        else:
            raise typer.BadParameter("give ARTIFACT and CLIPS, or --base")
        for each in sets:
            for table in compare(each, ours, more, peers, how, rounds, budget_s):
                console.print(table)


if __name__ == "__main__":
    typer.run(main)
