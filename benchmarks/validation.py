"""Time and memory of validation without decoding, over the number of rows.

What the files hold is kept from an earlier validation (`heard.parquet`), as when a limit changes.
Each size runs in a process of its own, so that its peak of memory is its own. Rows are of 1,000
speakers with sentences of a few words; one in a hundred has a fault.

    python benchmarks/validation.py --rows 10000 100000 1000000
"""

import argparse
import hashlib
import os
import platform
import random
import resource
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.audio.encode import write_flac
from ovoz.audio.measures import Measures, measure
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import SCHEMA
from ovoz.corpus.validation import ValidationConfig, validate
from ovoz.corpus.validation.heard import HeardFiles, key_of
from ovoz.corpus.validation.listening import FileFinding

SYLLABLES = ["sa", "lom", "kar", "ta", "be", "ring", "pul", "kel", "di", "uy", "qa", "ni", "chek"]


def main() -> None:
    """Print one line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--one", type=int, help="measure one size in this process")
    chosen = parser.parse_args()
    if chosen.one:
        measure_size(chosen.one)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| rows | seconds | rows per second | peak memory | memory per row |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for rows in chosen.rows:
        subprocess.run([sys.executable, __file__, "--one", str(rows)], check=True)


def measure_size(number: int) -> None:
    """Validate a corpus of ``number`` rows, and print the line."""
    with TemporaryDirectory() as scratch:
        corpus, heard = Path(scratch) / "data", Path(scratch) / "heard.parquet"
        writer = get_context("spawn").Process(target=write_corpus, args=(number, corpus, heard))
        writer.start()
        writer.join()
        import great_expectations  # noqa: F401  (its import takes seconds of its own)

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        result = validate(
            Dataset.in_folder(corpus), Path(scratch) / "out", ValidationConfig(), None, heard
        )
        took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    each = (peak - before) / number
    print(
        f"| {number:,} | {took:.1f} | {number / took:,.0f} | {peak / 1024:,.0f} MB"
        f" | {each:.1f} KB | {result.accepted:,} accepted",
        flush=True,
    )


def write_corpus(number: int, folder: Path, heard: Path) -> None:
    """A manifest whose rows share one file, and what was heard in it under every row's hash."""
    audio = folder / "audio" / "a.flac"
    audio.parent.mkdir(parents=True)
    speech = np.sin(np.arange(40_000) / 20).astype(np.float32) * 0.3
    speech[:8_000] *= 0.001
    write_flac(audio, speech)
    found = measure(speech)
    rows = [describe_row(place, random.Random(place), found) for place in range(number)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / "manifest.parquet")
    root = folder.resolve()
    HeardFiles(heard).write(
        (key_of(row, root, ValidationConfig().max_duration_s), FileFinding("", found, 2.0))
        for row in rows
    )


def describe_row(place: int, draw: random.Random, found: Measures) -> dict[str, object]:
    """One row; every hundredth has no text."""
    split = "test" if place % 20 == 0 else "dev" if place % 20 == 1 else "train"
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 3))) for _ in range(5)]
    text = "" if place % 100 == 50 else " ".join(words)
    return {
        "id": f"{place:08d}",
        "audio": "audio/a.flac",
        "sha256": hashlib.sha256(str(place).encode()).hexdigest(),
        "text": text,
        "raw_text": text,
        "languages": "uz",
        "dialect": "unknown",
        "speaker": f"{split}-{place % 997}",
        "source": "folder:mine",
        "licence": "internal",
        "consent": "signed",
        "split": split,
        "condition": "clean",
        **{name: getattr(found, name) for name in Measures.__dataclass_fields__},
    }


if __name__ == "__main__":
    main()
