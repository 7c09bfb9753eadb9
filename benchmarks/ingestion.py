"""How fast are recordings brought into a corpus, and does memory grow with their number?

    python benchmarks/ingestion.py [--clips N ...]

Writes folders of WAV files (three seconds of noise, 44.1 kHz stereo) with a table, and brings each
in a process of its own. Prints the time, the audio read a second and the peak memory of the
process. A flat last column says that a thousand hours need no more memory than one.
"""

import argparse
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soundfile
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ovoz.corpus.folder import FolderConfig
from ovoz.corpus.sources import read_source
from ovoz.evaluation.hardware import describe_hardware

SECONDS = 3.0
RATE = 44_100


def written(folder: Path, clips: int) -> Path:
    """A folder of so many clips, no two alike."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    long = (0.1 * rng.standard_normal((round(60 * RATE), 2))).astype(np.float32)
    length = round(SECONDS * RATE)
    lines = ["audio,text,speaker,split"]
    for number in track(range(clips), "writing", transient=True):
        start = int(rng.integers(0, len(long) - length))
        soundfile.write(folder / f"{number}.wav", long[start : start + length], RATE)
        split = ("train", "train", "dev", "test")[number % 4]
        lines.append(f"{number}.wav,bu gap soni {number},speaker {number % 50},{split}")
    (folder / "metadata.csv").write_text("\n".join(lines), "utf-8")
    return folder


def bring(folder: Path) -> tuple[float, float]:
    """Seconds that ingestion took, and the peak memory of this process in MB."""
    started = time.perf_counter()
    config = FolderConfig(path=folder, licence="internal", consent="noise")
    read_source(config, folder.with_name(f"{folder.name}-brought"))
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
        return seconds, peak / 1000
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Write, bring and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[500, 2000, 8000])
    table = Table("clips", "hours", "seconds", "audio s a second", "peak MB")
    for clips in parser.parse_args().clips:
        with tempfile.TemporaryDirectory() as scratch:
            folder = written(Path(scratch) / "clips", clips)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                seconds, peak = process.submit(bring, folder).result()
        audio_s = clips * SECONDS
        table.add_row(
            f"{clips:,}",
            f"{audio_s / 3600:.1f}",
            f"{seconds:.1f}",
            f"{audio_s / seconds:.0f}",
            f"{peak:.0f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{describe_hardware(['av', 'soxr', 'soundfile'])}")


if __name__ == "__main__":
    main()
