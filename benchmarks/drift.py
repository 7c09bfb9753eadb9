"""Simulated months of traffic: false alarms, days until a shift is seen, and what it costs.

    python -m benchmarks.drift false-alarms [--months 200] [--volume 100 …]
    python -m benchmarks.drift classifier [--months 50]
    python -m benchmarks.drift delays [--months 20]
    python -m benchmarks.drift callers [--months 200]
    python -m benchmarks.drift cost [--cluster local:2] [--most 100000000]

Clips are synthetic speech (espeak-ng), or real voice messages with ``--recordings FOLDER``, whose
``metadata.csv`` has the columns ``audio``, ``text`` and ``speaker``. No model reads them: words are
those of the reference transcript, and confidences are left constant, so that what is found is found
without them.

A month has thirty days. Its reference is 1,000 clips drawn from the pool, its traffic is drawn
anew. A shift begins on day 11 and concerns ``--share`` of the segments; the share of mixed segments
doubles in all of the traffic.
"""

import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.drift_months.callers import KINDS, first_heavy_day
from benchmarks.drift_months.clips import load_clips
from benchmarks.drift_months.month import (
    BEFORE,
    BOOTSTRAPPED,
    DAYS,
    REFERENCE_ROWS,
    first_alarm,
    simulate,
)
from benchmarks.drift_months.pool import OTHERS, Pool
from benchmarks.drift_months.sounds import SOUNDS
from benchmarks.drift_months.written import analyse_month, write_month
from ovoz.evaluation.hardware import describe_processor
from ovoz.monitoring.domain import SeparabilityLimit, separability
from ovoz.monitoring.drift import DriftConfig

VOLUMES: Final = [100, 1_000, 100_000]

Recordings = Annotated[Path | None, typer.Option(help="Real recordings with metadata.csv.")]
Months = Annotated[int, typer.Option(min=1)]
Volumes = Annotated[list[int], typer.Option(help="Segments a day.")]

app = typer.Typer(no_args_is_help=True, help="Simulated months of traffic.")


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
def callers(months: Months = 200, share: tuple[float, float] = (0.3, 0.5)) -> None:
    """Unchanged months with an alarm of a heavy caller, and days until one with a share is seen."""
    print(f"{months} months each, numpy {np.__version__}")
    told = " | ".join(f"seen with {one:.0%}, days" for one in share)
    print(f"| callers | segments a day | false alarms | {told} |\n{'| --- ' * 5}|")
    for kind in KINDS:
        for rows in VOLUMES:
            false = sum(first_heavy_day(kind, rows, 0, seed) is not None for seed in range(months))
            cells = [f"{false} ({false / months:.1%})"]
            for one in share:
                days = [first_heavy_day(kind, rows, one, seed) for seed in range(months)]
                seen = [day - BEFORE + 1 for day in days if day is not None]
                middle = f"{np.median(seen):g}" if seen else "never"
                cells.append(f"{len(seen)}/{months}, {middle}")
            print(f"| {kind} | {rows:,} | {' | '.join(cells)} |", flush=True)


@app.command()
def cost(
    most: Annotated[int, typer.Option(help="Segments of the largest month.")] = 10_000_000,
    cluster: Annotated[str, typer.Option(help="Who reads the log, as of `ovoz drift`.")] = "",
) -> None:
    """Time and memory of one month's analysis, by its segments; each in a process of its own.

    Beyond ten million segments the files of a month of ten million are there several times, as
    those of several processes of a service.
    """
    table = Pool(load_clips(None)).base
    readers = cluster or "one process"
    print(f"{describe_processor()}, Python {platform.python_version()}, read by {readers}")
    print("| segments | files | seconds | of them reading | MB of memory | of its workers |")
    print(f"{'| --- ' * 6}|")
    rows = 10_000
    while rows <= most:
        with tempfile.TemporaryDirectory() as scratch:
            files = write_month(table, rows, Path(scratch))
            command = [sys.executable, "-m", "benchmarks.drift", "analyse", scratch]
            command += ["--cluster", cluster]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"| {rows:,} | {files:,} | {' | '.join(told.split())} |", flush=True)
        rows *= 10


@app.command(hidden=True)
def analyse(folder: Path, cluster: str = "") -> None:
    """Print seconds and the most memory of the analysis of ``folder``."""
    found = analyse_month(folder, cluster)
    print(f"{found.seconds:.1f} {found.reading_s:.1f} {found.memory_mb:.0f} {found.workers_mb:.0f}")


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
