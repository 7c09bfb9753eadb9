"""How fast is the CTC path beside a Whisper of the same encoder?

    python benchmarks/whisper.py --artifact ARTIFACT --clips FOLDER [--threads 2]
    python benchmarks/whisper.py --base [--threads 2]

The first form runs the artifact as it is served, decoding included, and next to it a Whisper whose
encoder and decoder have the width and depth of the artifact's encoder (it reads 100 feature frames
a second, as every Whisper does; the artifact may read fewer). The second form does the
same at the dimensions of ``openai/whisper-base``, with random weights on both sides, on noise of 3,
10 and 30 seconds; random log-probabilities make a beam search meaningless, so CTC decodes greedily
there.

The Whisper's weights are random, which leaves its speed what it is but not its output. It is made
to write as many tokens as the words of a clip would take, at three letters a token (four tokens a
second for noise); the end of text is suppressed until then. It decodes greedily, which is the
least it can do. ``faster-whisper`` is its ``WhisperModel`` on one clip, and its
``BatchedInferencePipeline`` on a batch, as people call them: samples in, segments out, without a
second try at another temperature, which random weights would always cause. ``CTranslate2 padded``
is what lies under it, called directly: faster-whisper's own features, padded to 30 seconds.
``CTranslate2 as long`` is given the audio's own length. All rows see the
same clips, on the same number of threads, features included, after a warm-up; of the rounds the
fastest counts for throughput, and every clip of every round for the latencies.
"""

import json
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import ctranslate2
import numpy as np
import soundfile
import torch
import typer
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import WhisperConfig, WhisperForConditionalGeneration, logging
from transformers.models.whisper.tokenization_whisper import LANGUAGES

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.decoding.config import DecoderConfig
from ovoz.engine.description import ModelIdentity, Versions
from ovoz.engine.export import export
from ovoz.engine.load import load_engine
from ovoz.model.checkpoint import save_checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.model.start import start_network
from ovoz.model.tokenizer import CharTokenizer

BATCH: Final = 16
LETTERS_PER_TOKEN: Final = 3
TOKENS_PER_SECOND: Final = 4
PADDED_FRAMES: Final = 3_000
LETTERS: Final = "abdefghijklmnopqrstuvxyzʻабвгдежзийклмнопрстуфхцчшщъыьэюя"
END: Final = 50_257
PROMPT: Final = [50_258, 50_259, 50_359, 50_363]
LIBRARIES: Final = ("onnxruntime", "flashlight-text", "ctranslate2", "faster-whisper", "torch")

Run = Callable[[Sequence[Samples], Sequence[int]], object]
"""Transcribes clips; the numbers say how many tokens a Whisper has to write for each."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and depth of encoder and decoder."""

    width: int
    layers: int
    heads: int


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds a clip, and seconds of audio per second."""

    p50_ms: float
    p95_ms: float
    alone: float
    batched: float


def measure(run: Run, clips: Sequence[Samples], tokens: Sequence[int], rounds: int) -> Speed:
    """Speed of one system at batch 1 and 16."""
    run(clips[:BATCH], tokens[:BATCH])
    starts = range(0, len(clips), BATCH)
    alone, batched = [], []
    for _ in range(rounds):
        alone.append([_clock(run, [clip], [n]) for clip, n in zip(clips, tokens, strict=True)])
        batched.append(
            sum(_clock(run, clips[at : at + BATCH], tokens[at : at + BATCH]) for at in starts)
        )
    audio_s = sum(map(len, clips)) / SAMPLE_RATE
    p50_ms, p95_ms = 1000 * np.percentile(alone, [50, 95])
    return Speed(p50_ms, p95_ms, audio_s / min(map(sum, alone)), audio_s / min(batched))


def _clock(run: Run, clips: Sequence[Samples], tokens: Sequence[int]) -> float:
    start = time.perf_counter()
    run(clips, tokens)
    return time.perf_counter() - start


def random_whisper(size: Size) -> WhisperForConditionalGeneration:
    """A Whisper of multilingual vocabulary with random weights."""
    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=size.width,
        encoder_layers=size.layers,
        decoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.width,
        decoder_ffn_dim=4 * size.width,
    )
    model = WhisperForConditionalGeneration(config).eval()
    # What the class suggests by default names tokens of another vocabulary.
    model.generation_config.suppress_tokens = [END]
    model.generation_config.begin_suppress_tokens = None
    model.generation_config.forced_decoder_ids = None
    return model


def mel(clips: Sequence[Samples], frames: int) -> np.ndarray:
    """faster-whisper's features of clips, float32 [B, 80, ``frames``]."""
    extract = FeatureExtractor()
    result = np.zeros((len(clips), 80, frames), np.float32)
    for row, clip in zip(result, clips, strict=True):
        values = extract(clip, padding=0)[:, :frames]
        row[:, : values.shape[1]] = values
    return result


def converted(model: WhisperForConditionalGeneration, folder: Path) -> Path:
    """The model in CTranslate2's format, int8."""
    model.save_pretrained(folder / "whisper")
    converter = ctranslate2.converters.TransformersConverter(str(folder / "whisper"))
    result = Path(converter.convert(str(folder / "ctranslate2"), quantization="int8"))
    # A model without a tokenizer has nameless tokens, and CTranslate2 looks for these by name.
    signs = [
        "<|endoftext|>", "<|startoftranscript|>",
        *(f"<|{code}|>" for code in LANGUAGES if code != "yue"),
        "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
        "<|notimestamps|>",
    ]  # fmt: skip
    names = [f"word{token}" for token in range(model.config.vocab_size)]
    names[END : END + len(signs)] = signs
    (result / "vocabulary.json").write_text(json.dumps(names), encoding="utf-8")
    # What faster-whisper reads: the first release's signs behind tokens that spell nothing.
    tokenizer = Tokenizer(BPE({name: number for number, name in enumerate(names)}, []))
    tokenizer.add_special_tokens(signs)
    tokenizer.save(str(result / "tokenizer.json"))
    return result


def on_ctranslate2(model: ctranslate2.models.Whisper, *, padded: bool) -> Run:
    """CTranslate2's own generation."""

    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        longest = max(map(len, clips)) * 100 // SAMPLE_RATE
        features = mel(clips, PADDED_FRAMES if padded else longest + longest % 2)
        results = model.generate(
            ctranslate2.StorageView.from_array(features),
            [PROMPT] * len(clips),
            beam_size=1,
            # CTranslate2 gives the prompt one half of this length, and the text the other.
            max_length=2 * max([len(PROMPT), *tokens]),
            suppress_tokens=[END],
            suppress_blank=False,
        )
        written = len(results[0].sequences_ids[0])
        if written < max(tokens):
            raise RuntimeError(f"{written} tokens written, {max(tokens)} expected")
        return results

    return run


def on_faster_whisper(folder: Path, threads: int) -> Run:
    """faster-whisper as people call it; a batch is one signal with the clips' places in it."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    pipeline = BatchedInferencePipeline(model)
    # Start and "no times"; a language and a task where the model knows several of them.
    prompt = len(PROMPT) if model.model.is_multilingual else 2

    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        how: dict[str, Any] = {
            "language": "en",
            "beam_size": 1,
            "temperature": 0.0,
            "no_speech_threshold": None,
            "log_prob_threshold": None,
            "compression_ratio_threshold": None,
            "suppress_blank": False,
            "suppress_tokens": [END],
            "without_timestamps": True,
            # As above: half of the length that CTranslate2 is given is the prompt's.
            "max_new_tokens": 2 * max([prompt, *tokens]) - prompt,
        }
        if len(clips) == 1:
            segments, _ = model.transcribe(clips[0], **how)
        else:
            # Half a sample more, since faster-whisper cuts fractions off; silence behind, since it
            # takes what rounding adds for sound that lies behind the end.
            edges = (np.cumsum([0, *map(len, clips)]) + 0.5) / SAMPLE_RATE
            places = [{"start": start, "end": end} for start, end in pairwise(edges.tolist())]
            signal = np.concatenate([*clips, np.zeros(SAMPLE_RATE, np.float32)])
            segments, _ = pipeline.transcribe(
                signal, clip_timestamps=places, batch_size=len(clips), **how
            )
        written = [len(each.tokens) for each in segments]
        if len(written) != len(clips) or min(written) < max(tokens):
            raise RuntimeError(f"{written} tokens written, {max(tokens)} each expected")
        return written

    return run


def on_transformers(model: WhisperForConditionalGeneration) -> Run:
    """Hugging Face's ``generate``."""

    @torch.inference_mode()
    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        return model.generate(
            torch.from_numpy(mel(clips, PADDED_FRAMES)),
            decoder_input_ids=torch.tensor([PROMPT] * len(clips)),
            max_new_tokens=max(tokens),
            min_new_tokens=max(tokens),
            num_beams=1,
            do_sample=False,
        )

    return run


def random_artifact(size: Size, folder: Path) -> Path:
    """A CTC network of this size with random weights, exported."""
    torch.manual_seed(0)
    tokenizer = CharTokenizer.of_alphabet(
        "abdefghijklmnopqrstuvxyzʻабвгдежзийклмнопрстуфхцчшщъыьэюя"
    )
    shape = NetworkConfig(d_model=size.width, layers=size.layers, heads=size.heads, hop=160)
    checkpoint = save_checkpoint(start_network(shape, tokenizer), folder / "checkpoint")
    identity = ModelIdentity(
        name="random",
        versions=Versions(code="none", data="none", normalizer="none"),
        training_data="random weights",
    )
    return export(checkpoint, [], folder / "artifact", identity, decoder=DecoderConfig())


def systems(artifact: Path, size: Size, folder: Path, threads: int) -> dict[str, Run]:
    """What is compared, by name."""
    logging.set_verbosity_error()
    torch.set_num_threads(threads)
    engine = load_engine(artifact, threads=threads)
    model = random_whisper(size)
    files = converted(model, folder)
    whisper = ctranslate2.models.Whisper(str(files), compute_type="int8", intra_threads=threads)
    kind = type(engine.decoder).__name__
    return {
        f"CTC, ONNX Runtime int8, {kind}": lambda clips, _: engine.transcribe(clips),
        "CTranslate2 int8, as long": on_ctranslate2(whisper, padded=False),
        "CTranslate2 int8, padded": on_ctranslate2(whisper, padded=True),
        "faster-whisper int8": on_faster_whisper(files, threads),
        "Hugging Face generate fp32": on_transformers(model),
    }


def read(folder: Path, most: int) -> list[Samples]:
    """The first clips of a folder, by name."""
    files = sorted(each for each in folder.rglob("*") if each.suffix in {".wav", ".flac"})[:most]
    return [soundfile.read(file, dtype="float32")[0] for file in files]


def compare(
    title: str, runs: dict[str, Run], clips: Sequence[Samples], tokens: Sequence[int], rounds: int
) -> Table:
    """One table: every system on the same clips."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    caption = f"{platform.processor() or platform.machine()}; Python {platform.python_version()}"
    table = Table(title=title, caption=f"{caption}; {libraries}")
    for column in ("system", "p50 ms", "p95 ms", "audio s/s, batch 1", f"batch {BATCH}"):
        table.add_column(column, justify="left" if column == "system" else "right")
    for name, run in runs.items():
        speed = measure(run, clips, tokens, rounds)
        latencies = (f"{speed.p50_ms:.1f}", f"{speed.p95_ms:.1f}")
        table.add_row(name, *latencies, f"{speed.alone:.0f}", f"{speed.batched:.0f}")
    return table


def main(
    artifact: Annotated[Path | None, typer.Option(help="Directory of the model.")] = None,
    clips: Annotated[Path | None, typer.Option(help="Folder of 16 kHz mono clips.")] = None,
    base: Annotated[bool, typer.Option("--base", help="Random weights, whisper-base.")] = False,
    heads: Annotated[int, typer.Option(help="Attention heads of the artifact.")] = 4,
    width: Annotated[int, typer.Option(help="Width of the artifact's encoder.")] = 144,
    layers: Annotated[int, typer.Option(help="Depth of the artifact's encoder.")] = 4,
    threads: Annotated[int, typer.Option(min=1)] = 2,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    most: Annotated[int, typer.Option(min=1, help="Clips to use.")] = 32,
) -> None:
    """Measure, and print one table a set of clips."""
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if base:
            size = Size(512, 6, 8)
            runs = systems(random_artifact(size, folder), size, folder, threads)
            for seconds in (3, 10, 30):
                noise = np.random.default_rng(0).normal(0, 0.1, (most, seconds * SAMPLE_RATE))
                tokens = [seconds * TOKENS_PER_SECOND] * most
                title = f"whisper-base, random weights; {most} × {seconds} s; {threads} thread(s)"
                signals = list(noise.astype(np.float32))
                console.print(compare(title, runs, signals, tokens, rounds))
            return
        if artifact is None or clips is None:
            raise typer.BadParameter("give --artifact and --clips, or --base")
        runs = systems(artifact, Size(width, layers, heads), folder, threads)
        signals = read(clips, most)
        texts = [each.text for each in load_engine(artifact).transcribe(signals)]
        tokens = [max(1, len(text) // LETTERS_PER_TOKEN) for text in texts]
        title = (
            f"{len(signals)} clips of {sum(map(len, signals)) / len(signals) / SAMPLE_RATE:.1f} s"
        )
        console.print(compare(f"{title}; {threads} thread(s)", runs, signals, tokens, rounds))


if __name__ == "__main__":
    typer.run(main)
