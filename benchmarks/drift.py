"""Simulated months of traffic: false alarms, days until a shift is seen, and what it costs.

    python benchmarks/drift.py false-alarms [--months 200] [--volume 100 …]
    python benchmarks/drift.py classifier [--months 50]
    python benchmarks/drift.py delays [--months 20]
    python benchmarks/drift.py cost

Clips are synthetic speech (espeak-ng), or real voice messages with ``--recordings FOLDER``, whose
``metadata.csv`` has the columns ``audio``, ``text`` and ``speaker``. No model reads them: words are
those of the reference transcript, and confidences are left constant, so that what is found is found
without them.

A month has thirty days. Its reference is 1,000 clips drawn from the pool, its traffic is drawn
anew. A shift begins on day 11 and concerns ``--share`` of the segments; the share of mixed segments
doubles in all of the traffic.
"""

import csv
import datetime as dt
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import soxr
import typer

from ovoz.audio.augment.channel import apply_telephone_band, change_gain
from ovoz.audio.augment.codec import Codec, apply_codec
from ovoz.audio.augment.noise import Noise, add_noise, make_noise
from ovoz.audio.decode import decode
from ovoz.audio.measures import measure
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.synthetic.config import SyntheticConfig
from ovoz.corpus.synthetic.generate import generate
from ovoz.engine.transcript import Word
from ovoz.evaluation.hardware import describe_processor
from ovoz.monitoring.bins import BINS, COLUMNS, Bins, Codes, Counts
from ovoz.monitoring.domain import SeparabilityLimit, separability
from ovoz.monitoring.drift import DriftConfig, find_drift
from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.reference import REFERENCE_SCHEMA
from ovoz.monitoring.report import compare
from ovoz.monitoring.traffic import describe_recognition
from ovoz.monitoring.traffic_days import SAMPLE_ROWS, read_days
from ovoz.text.dialects import to_dialect
from ovoz.text.language import Language, join_languages
from ovoz.text.pack import load_pack

DAYS: Final = 30
BEFORE: Final = 10
REFERENCE_ROWS: Final = 1_000
BOOTSTRAPPED: Final = 250
"""Months that each threshold comes from; the product takes 400, which costs as much more."""
VOLUMES: Final = [100, 1_000, 100_000]
NIGHT: Final = 0.3
"""Share of segments in which callers are outside at night: noise 10 dB louder."""
FIRST: Final = dt.date(2026, 1, 1)

Recordings = Annotated[Path | None, typer.Option(help="Real recordings with metadata.csv.")]
Months = Annotated[int, typer.Option(min=1)]
Volumes = Annotated[list[int], typer.Option(help="Segments a day.")]
Times = npt.NDArray[np.int64]
Random = np.random.Generator

app = typer.Typer(no_args_is_help=True, help="Simulated months of traffic.")


@dataclass(frozen=True)
class Clip:
    """One clip of the pool."""

    samples: Samples
    text: str
    speaker: str


def load_clips(recordings: Path | None, most: int = 1_000) -> list[Clip]:
    """The pool: synthetic utterances, or those of a folder; the same ones every time."""
    if recordings is None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "corpus"
            made = read_manifest(generate(SyntheticConfig(train=900, dev=10, test=60), folder))
            return [Clip(decode(folder / row.audio), row.text, row.speaker) for row in made]
    with (recordings / "metadata.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chosen = np.random.default_rng(0).permutation(len(rows))[:most]
    pack = load_pack("uz-ru")
    return [
        Clip(
            decode(recordings / rows[place]["audio"]),
            pack.canonical(rows[place]["text"]),
            rows[place]["speaker"],
        )
        for place in chosen
    ]


def louder_noise(samples: Samples, random: Random) -> Samples:
    """Noise 10 dB above what there is: what lies under the speech is taken for noise."""
    found_db = measure(samples).snr_db
    return add_noise(samples, make_noise(Noise.PINK, len(samples), random), max(found_db - 10, 0))


def upsampled(samples: Samples) -> Samples:
    """To 8 kHz and back, without the filter of a telephone."""
    narrow = soxr.resample(samples, SAMPLE_RATE, 8_000)
    result: Samples = soxr.resample(narrow, 8_000, SAMPLE_RATE)
    return result


def broken(samples: Samples, random: Random) -> Samples:
    """A codec that loses a fifth of its 20 ms packets."""
    coded = apply_codec(samples, Codec.GSM).copy()
    for start in range(0, len(coded), 320):
        if random.random() < 0.2:
            coded[start : start + 320] = 0
    return coded


SOUNDS: Final[dict[str, Callable[[Samples, Random], Samples]]] = {
    "telephone band": lambda samples, _: apply_telephone_band(samples),
    "noise +10 dB": louder_noise,
    "clipping microphone": lambda samples, _: change_gain(samples, 20),
    "8 kHz upsampled": lambda samples, _: upsampled(samples),
    "a broken codec": broken,
}
OTHERS: Final = ("code-switching doubled", "a new dialect", "one heavy caller", "night and day")


def describe(clips: list[Clip], change: Callable[[Samples, Random], Samples] | None) -> pa.Table:
    """Features of clips, after a change of their sound."""
    random = np.random.default_rng(1)
    rows = []
    for clip in clips:
        samples = clip.samples if change is None else change(clip.samples, random)
        rows.append(features(samples, clip.text))
    return pa.Table.from_pylist(rows, schema=FEATURES_SCHEMA)


def features(samples: Samples, text: str) -> dict[str, object]:
    """Features of a clip in which every word of its transcript is heard."""
    label = load_pack("uz-ru").transcript_languages
    languages = label(text.split())
    spoken = zip(text.split(), languages, strict=True)
    words = [Word(word, 0.0, 0.0, language, 1.0) for word, language in spoken]
    language = join_languages(languages)
    return asdict(describe_recognition(words, language, measure(samples)))


class Pool:
    """What months are drawn from: the tables of the clips as they are and after each shift."""

    def __init__(self, clips: list[Clip]) -> None:
        self.base = describe(clips, None)
        self._clips = clips
        self.speakers = np.array([clip.speaker for clip in clips])
        languages = np.array(self.base["language"].to_pylist())
        self.is_mixed = languages == Language.MIXED.value

    @cache  # noqa: B019  (there is one pool, as long as the process)
    def shifted(self, name: str) -> pa.Table:
        """The clips after a shift of their sound or words."""
        if name != "a new dialect":
            return describe(self._clips, SOUNDS[name])
        dialect = [Clip(one.samples, to_dialect(one.text, "khorezm"), "") for one in self._clips]
        return describe(dialect, None)

    def weights(self, shift: str) -> tuple[pa.Table, npt.NDArray[np.float64]]:
        """What the shifted segments are drawn from, and with which weights."""
        even = np.full(self.base.num_rows, 1 / self.base.num_rows)
        if shift == "code-switching doubled":
            mixed = self.is_mixed.mean()
            return self.base, np.where(self.is_mixed, 2.0, (1 - 2 * mixed) / (1 - mixed)) * even
        if shift == "one heavy caller":
            names, counts = np.unique(self.speakers, return_counts=True)
            own = self.speakers == names[counts.argmax()]
            return self.base, own / own.sum()
        return self.shifted("noise +10 dB" if shift == "night and day" else shift), even


def draw(weights: npt.NDArray[np.float64], rows: int, random: Random) -> Times:
    """How often each row of a table is drawn for a day."""
    positive = np.maximum(weights, 0)
    times: Times = random.multinomial(rows, positive / positive.sum())
    return times


def sample(codes: Codes, times: Times, random: Random) -> Codes:
    """At most as many of the drawn rows as the product keeps of a day."""
    drawn = np.repeat(np.arange(len(codes)), np.minimum(times, SAMPLE_ROWS))
    kept: Codes = codes[random.permutation(drawn)[:SAMPLE_ROWS]]
    return kept


def count_drawn(codes: Codes, times: Times) -> Counts:
    """Counts of a day, [columns, bins]."""
    flat = codes + BINS * np.arange(len(COLUMNS))
    weighted = np.repeat(times, len(COLUMNS))
    counted = np.bincount(flat.ravel(), weighted, minlength=len(COLUMNS) * BINS)
    return counted.reshape(len(COLUMNS), BINS).astype(np.float64)


@dataclass(frozen=True)
class Month:
    """A reference, and thirty days: their counts, and their rows as times that each was drawn."""

    reference: Codes
    counts: Counts
    rows: list[Codes]


def simulate(pool: Pool, shift: str | None, rows: int, share: float, seed: int) -> Month:
    """A month of so many segments a day, of which a share is shifted from the eleventh day on."""
    random = np.random.default_rng([seed, rows])
    whole, even = pool.base, np.full(pool.base.num_rows, 1 / pool.base.num_rows)
    other, weights = (whole, even) if shift is None else pool.weights(shift)
    nights = shift == "night and day"
    share = 1.0 if shift == "code-switching doubled" else share
    drawn = whole.take(random.choice(whole.num_rows, REFERENCE_ROWS))
    if nights:
        dark = round(NIGHT * REFERENCE_ROWS)
        late = other.take(random.choice(other.num_rows, dark))
        drawn = pa.concat_tables([drawn.slice(dark), late])
    bins = Bins.of(drawn)
    both = np.concatenate([bins.codes(whole), bins.codes(other)])
    times = []
    for day in range(DAYS):
        begun = nights or (shift is not None and day >= BEFORE)
        changed = random.binomial(rows, NIGHT if nights else share) if begun else 0
        parts = draw(even, rows - changed, random), draw(weights, changed, random)
        times.append(np.concatenate(parts))
    counts = np.stack([count_drawn(both, drawn) for drawn in times])
    samples = [sample(both, drawn, random) for drawn in times]
    return Month(bins.codes(drawn), counts, samples)


def first_alarm(month: Month, shift: str | None, seed: int) -> int | None:
    """The first day with an alarm, from 0; None where a month has none.

    Without a shift, and at night, an alarm is a false one; with a shift, alarms before it are not
    looked at.
    """
    config = DriftConfig(months=BOOTSTRAPPED, seed=seed)
    alarms = find_drift(month.reference, month.counts, config)
    unchanged = shift in (None, "night and day")
    looked = [one.day for one in alarms if unchanged or one.day >= BEFORE]
    return min(looked, default=None)


@app.command()
def classifier(
    recordings: Recordings = None, months: Months = 50, volume: Volumes = VOLUMES
) -> None:
    """Months without a shift in which the classifier on all features has an alarm."""
    pool = Pool(load_clips(recordings))
    show_setting(recordings, pool)
    share = DriftConfig().false_alarm_months
    print(f"| segments a day | months | with an alarm | configured |\n{'| --- ' * 4}|")
    for rows in volume:
        alarmed = 0
        for seed in range(months):
            month = simulate(pool, None, rows, 0.0, seed)
            limit = SeparabilityLimit.fit(month.reference, DAYS, share)
            alarmed += any(
                separability(month.reference, day) > limit.of(len(day)) for day in month.rows
            )
        found = f"{alarmed} ({alarmed / months:.1%})"
        print(f"| {rows:,} | {months} | {found} | {share:.0%} |", flush=True)


@app.command()
def false_alarms(
    recordings: Recordings = None, months: Months = 200, volume: Volumes = VOLUMES
) -> None:
    """Months without a shift, and months of nights and days, in which there is an alarm."""
    pool = Pool(load_clips(recordings))
    show_setting(recordings, pool)
    print(f"| traffic | segments a day | months | with an alarm | configured |\n{'| --- ' * 5}|")
    for shift in (None, "night and day"):
        for rows in volume:
            found = [
                first_alarm(simulate(pool, shift, rows, 1.0, seed), shift, seed)
                for seed in range(months)
            ]
            alarmed = sum(day is not None for day in found)
            print(
                f"| {shift or 'unchanged'} | {rows:,} | {months} | {alarmed}"
                f" ({alarmed / months:.1%}) | {DriftConfig().false_alarm_months:.0%} |", flush=True,
            )  # fmt: skip


@app.command()
def delays(recordings: Recordings = None, months: Months = 20, share: float = 0.3) -> None:
    """Days from the begin of a shift to its alarm."""
    pool = Pool(load_clips(recordings))
    show_setting(recordings, pool)
    heads = " | ".join(f"{rows:,} a day: seen, median days (segments)" for rows in VOLUMES)
    print(f"| shift of {share:.0%} of the segments | {heads} |\n{'| --- ' * 4}|")
    for shift in (*SOUNDS, *OTHERS[:-1]):
        cells = []
        for rows in VOLUMES:
            found = [
                first_alarm(simulate(pool, shift, rows, share, seed), shift, seed)
                for seed in range(months)
            ]
            seen = [day - BEFORE + 1 for day in found if day is not None]
            middle = float(np.median(seen)) if seen else float("nan")
            cells.append(f"{len(seen)}/{months}, {middle:g} ({middle * rows:,.0f})")
        print(f"| {shift} | {' | '.join(cells)} |", flush=True)


@app.command()
def cost(most: int = 10_000_000) -> None:
    """Time and memory of one month's analysis, by its segments; each in a process of its own."""
    table = Pool(load_clips(None)).base
    print(f"{describe_processor()}, Python {platform.python_version()}, one process")
    print(f"| segments | files | seconds | MB of memory |\n{'| --- ' * 4}|")
    rows = 10_000
    while rows <= most:
        with tempfile.TemporaryDirectory() as scratch:
            files = write_month(table, rows, Path(scratch))
            command = [sys.executable, __file__, "analyse", scratch]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, memory = told.split()
        print(f"| {rows:,} | {files} | {seconds} | {memory} |", flush=True)
        rows *= 10


def write_month(table: pa.Table, rows: int, folder: Path) -> int:
    """A traffic log of a month with a file per hour, and the reference beside it."""
    random = np.random.default_rng(0)
    words = table["words"]  # what was said, and a tenth of it was heard wrong
    errors = pa.array(random.binomial(words.to_numpy(), 0.1), pa.int32())
    reference = table.append_column("errors", errors).append_column("reference_words", words)
    pq.write_table(reference, folder / "reference.parquet")
    hours = DAYS * 24
    for hour in range(hours):
        size = rows // hours + (hour < rows % hours)
        drawn = table.take(random.choice(table.num_rows, size))
        at = dt.datetime.combine(FIRST, dt.time(), dt.UTC) + dt.timedelta(hours=hour)
        columns = {name: drawn[name] for name in FEATURES_SCHEMA.names}
        facts = {"heard_at": [at] * size, "way": ["http"] * size, "model_version": ["m"] * size}
        took = np.zeros(size, np.float32)
        path = folder / f"date={at:%Y-%m-%d}" / f"hour={at:%H}" / "0.parquet"
        path.parent.mkdir(parents=True)
        whole = pa.table({**facts, "processing_ms": took, **columns}, schema=TRAFFIC_SCHEMA)
        pq.write_table(whole, path, compression="zstd")
    return hours


@app.command(hidden=True)
def analyse(folder: Path) -> None:
    """Print seconds and the most memory of the analysis of ``folder``."""
    started = time.perf_counter()
    reference = pq.read_table(folder / "reference.parquet", schema=REFERENCE_SCHEMA)
    bins = Bins.of(reference)
    last = FIRST + dt.timedelta(DAYS - 1)
    days = read_days(folder, bins, model_version="m", first=FIRST, last=last)
    compare("m", reference, bins, days, DriftConfig())
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - started:.1f} {memory_mb:.0f}")


def show_setting(recordings: Path | None, pool: Pool) -> None:
    """What the figures below are of."""
    kind = "synthetic speech (espeak-ng)" if recordings is None else "real voice messages"
    speakers = len(set(pool.speakers))
    print(
        f"{pool.base.num_rows} clips of {speakers} speakers, {kind}, {pool.is_mixed.mean():.1%}"
        f" mixed; reference of {REFERENCE_ROWS}"
        f" clips, {BOOTSTRAPPED} bootstrapped months; numpy {np.__version__},"
        f" {describe_processor()}", flush=True,
    )  # fmt: skip


if __name__ == "__main__":
    app()
