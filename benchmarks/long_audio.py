"""How much memory and time does a long recording take?

    python benchmarks/long_audio.py ARTIFACT CLIPS [--minutes 10]

Strings clips together with pauses of half a second to two seconds, in a FLAC file of the given
length, and transcribes it through voice activity detection. Prints the speed, what was
found, and the peak of the process's memory: the resident set as the operating system counts it,
imports and model included.
"""

import resource
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import typer
from rich.console import Console

from ovoz.audio.decode import stream
from ovoz.audio.signal import SAMPLE_RATE
from ovoz.engine.load import load_engine
from ovoz.engine.recording import transcribe_recording
from ovoz.evaluation.hardware import describe_hardware


def write_recording(clips: Path, path: Path, minutes: float) -> None:
    """A FLAC file of clips and pauses, written piece by piece."""
    generator = np.random.default_rng(0)
    files = sorted(each for each in clips.rglob("*") if each.suffix in {".wav", ".flac"})
    if not files:
        raise typer.BadParameter(f"{clips} holds no .wav or .flac file")
    left = round(minutes * 60 * SAMPLE_RATE)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16", format="FLAC") as out:
        for file in cycle(files):
            samples, _ = soundfile.read(file, dtype="float32")
            pause = np.zeros(round(generator.uniform(0.5, 2.0) * SAMPLE_RATE), np.float32)
            piece = np.concatenate([samples, pause])[:left]
            out.write(piece)
            left -= len(piece)
            if left <= 0:
                return


def main(
    artifact: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    clips: Annotated[Path, typer.Argument(help="Folder of 16 kHz mono WAV or FLAC files.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="Length of the recording.")] = 10.0,
) -> None:
    """Transcribe one long recording and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.flac"
        write_recording(clips, path, minutes)
        engine = load_engine(artifact)
        parts = words = 0
        start = time.perf_counter()
        for each in transcribe_recording(engine, stream(path, max_duration_s=60 * minutes + 1)):
            parts, words = parts + 1, words + len(each.words)
        taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Console().print(
        f"{minutes:g} min of audio in {taken:.1f} s ({60 * minutes / taken:.0f} times real time):"
        f" {parts} stretches of speech, {words} words; peak memory {peak:.0f} MiB"
        f" ({describe_hardware(['onnxruntime'])}; 1 thread)"
    )


if __name__ == "__main__":
    typer.run(main)
