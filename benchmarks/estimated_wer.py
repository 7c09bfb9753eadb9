"""Is the error rate that is estimated without labels the true one, on sound the model never met?

    python -m benchmarks.estimated_wer CLIPS --artifact FOLDER [--halves 20] [--most 600]

CLIPS is a folder with ``metadata.csv`` (columns ``audio``, ``text``, ``speaker``, ``split``), of
which the test split is read, or one of Ovoz's own corpora. The model transcribes each clip as it is
and after every shift of sound of ``benchmarks/drift_months/sounds.py``.

Half of the speakers make the reference statistics, with 24 clips through the distortions of the
product's evaluation; a day of traffic is drawn from the other half. A row of the table is one kind
of traffic: the true word error rate, the estimate, the bounds of its 95 % interval (means over the
halves, which are drawn anew each time), and how often the interval held the true rate, the estimate
was within two points of it, or either. The second table is of references without distorted clips.
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import sklearn
import typer
from rapidfuzz.distance import Levenshtein
from rich.progress import track

from benchmarks.drift_months.clips import Clip
from benchmarks.drift_months.sounds import SOUNDS
from ovoz.audio.decode import decode
from ovoz.audio.measures import measure
from ovoz.audio.signal import Samples
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_engine
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.conditions import Distortion, distort
from ovoz.evaluation.hardware import describe_processor
from ovoz.monitoring.bins import Bins
from ovoz.monitoring.error_rate import ErrorRateEstimator, EstimatedRate
from ovoz.monitoring.reference import REFERENCE_SCHEMA, recorded_rows
from ovoz.monitoring.traffic import Way, describe_recognition
from ovoz.monitoring.traffic_days import TrafficPart
from ovoz.text.pack import load_pack

DISTORTED_CLIPS: Final = 24
"""As many as the product's evaluation distorts."""
CLOSE: Final = 0.02
UNCHANGED: Final = "unchanged"
HEAVY: Final = "one heavy caller"
MIXED: Final = "code-switching doubled"
TRAFFIC: Final = (
    (UNCHANGED, 0.0), *((name, share) for name in SOUNDS for share in (0.3, 1.0)),
    (MIXED, 1.0), (HEAVY, 0.3), (HEAVY, 1.0),
)  # fmt: skip
"""Kinds of traffic, and the share of it that they concern."""

Outcome = tuple[float, EstimatedRate]


def load_test_clips(folder: Path, most: int) -> list[Clip]:
    """At most so many clips of the test split, the same ones every time."""
    if (folder / "metadata.csv").is_file():
        with (folder / "metadata.csv").open(encoding="utf-8") as stream:
            rows = [row for row in csv.DictReader(stream) if row["split"] == "test"]
        pack = load_pack("uz-ru")
        found = [(row["audio"], pack.canonical(row["text"]), row["speaker"]) for row in rows]
    else:
        manifest = Dataset.in_folder(folder).rows(Split.TEST)
        found = [(row.audio, row.text, row.speaker) for row in manifest]
    chosen = np.random.default_rng(0).permutation(len(found))[:most]
    return [Clip(decode(folder / found[at][0]), *found[at][1:]) for at in chosen]


def hear(engine: SupportsTranscribe, clips: list[Clip], numbers: dict[str, int]) -> pa.Table:
    """Reference rows of every clip: as it is, after each shift, and the first ones distorted."""
    rows = []
    for place, clip in enumerate(track(clips, "transcribing")):
        random = np.random.default_rng(place)
        changed = {name: change(clip.samples, random) for name, change in SOUNDS.items()}
        if place < 2 * DISTORTED_CLIPS:
            changed |= {kind.value: distort(clip.samples, kind, f"{place}") for kind in Distortion}
        for kind, samples in {"": clip.samples, **changed}.items():
            row = _describe(engine, np.clip(samples, -1, 1).astype(np.float32), clip.text)
            rows.append(row | {"speaker": numbers[clip.speaker], "distortion": kind})
    return pa.Table.from_pylist(rows, schema=REFERENCE_SCHEMA)


def _describe(engine: SupportsTranscribe, samples: Samples, text: str) -> dict[str, Any]:
    (heard,) = engine.transcribe([samples])
    features = describe_recognition(heard.words, heard.language, measure(samples))
    said = text.split()
    errors = Levenshtein.distance(said, heard.text.split())
    return {**asdict(features), "errors": errors, "reference_words": len(said)}


def outcomes(
    table: pa.Table, rows: int, halves: int, *, distorted: bool
) -> Iterator[tuple[tuple[str, float], Outcome]]:
    """Truth and estimate of each kind of traffic, for every half of the speakers."""
    kinds = np.array(table["distortion"].to_pylist())
    speakers = table["speaker"].to_numpy()
    known = [kind.value for kind in Distortion] if distorted else []
    for seed in track(range(halves), "estimating"):
        random = np.random.default_rng(seed)
        order = random.permutation(np.unique(speakers))
        is_reference = np.isin(speakers, order[: len(order) // 2])
        reference = table.filter(is_reference & np.isin(kinds, ["", *known]))
        bins = Bins.of(recorded_rows(reference))
        estimator = ErrorRateEstimator(reference, bins)
        for kind, share in TRAFFIC:
            changed = random.binomial(rows, share)
            others = table.filter(~is_reference)
            as_before = _draw(others, UNCHANGED, rows - changed, random)
            drawn = pa.concat_tables([as_before, _draw(others, kind, changed, random)])
            ways = pa.array([Way.HTTP.value] * drawn.num_rows)
            part = TrafficPart.of(drawn.append_column("way", ways), bins, seed)
            told = estimator.estimate(part.heard, estimator.shift(part.sample) or 0.0)
            true = pc.sum(drawn["errors"]).as_py() / pc.sum(drawn["reference_words"]).as_py()
            if told is not None:
                yield (kind, share), (true, told)


def _draw(table: pa.Table, kind: str, rows: int, random: np.random.Generator) -> pa.Table:
    here = table.filter(pc.equal(table["distortion"], kind if kind in SOUNDS else ""))
    weights = np.ones(here.num_rows)
    if kind == HEAVY:
        speakers = here["speaker"].to_numpy()
        weights = (speakers == random.choice(np.unique(speakers))).astype(float)
    elif kind == MIXED:
        weights = 1.0 + (here["minority_share"].to_numpy() > 0)
    return here.take(random.choice(here.num_rows, rows, p=weights / weights.sum()))


def show(found: dict[tuple[str, float], list[Outcome]]) -> None:
    """The table, and the coverage over all of it."""
    heads = (
        "traffic",
        "share",
        "true",
        "estimated",
        "interval",
        "shift",
        "held",
        "within 2 points",
    )
    print(f"| {' | '.join((*heads, 'either'))} |\n{'| --- ' * 9}|")
    every = [_judge(outcome) for of_kind in found.values() for outcome in of_kind]
    for (kind, share), of_kind in found.items():
        true = np.mean([one for one, _ in of_kind])
        told = [one for _, one in of_kind]
        rate, low, high, shift = (
            np.mean([getattr(one, name) for one in told])
            for name in ("rate", "low", "high", "shift")
        )
        judged = " | ".join(f"{value:.0%}" for value in np.mean([*map(_judge, of_kind)], axis=0))
        print(
            f"| {kind} | {share or 1:.0%} | {true:.1%} | {rate:.1%} | {low:.1%} to {high:.1%} |"
            f" {shift:.2f} | {judged} |"
        )
    judged = " | ".join(f"{value:.0%}" for value in np.mean(every, axis=0))
    print(f"| all | | | | | | {judged} |", flush=True)


def _judge(outcome: Outcome) -> tuple[bool, bool, bool]:
    true, told = outcome
    held, close = told.low <= true <= told.high, abs(told.rate - true) <= CLOSE
    return held, close, held or close


def main(
    clips: Path,
    artifact: Annotated[Path, typer.Option(help="The model.")],
    halves: Annotated[int, typer.Option(min=1)] = 20,
    most: Annotated[int, typer.Option(min=50, help="Clips.")] = 600,
    rows: Annotated[int, typer.Option(min=20, help="Segments of a day.")] = 500,
    cache: Annotated[Path | None, typer.Option(help="Keeps what the model heard.")] = None,
) -> None:
    """Print both tables."""
    if cache is not None and cache.is_file():
        table = pa.parquet.read_table(cache)
    else:
        loaded = load_test_clips(clips, most)
        numbers = {name: at for at, name in enumerate(sorted({clip.speaker for clip in loaded}))}
        table = hear(load_engine(artifact), loaded, numbers)
        if cache is not None:
            pa.parquet.write_table(table, cache)
    model = read_description(artifact, verify=False)
    print(
        f"{model.model_version} ({model.training_data}); {recorded_rows(table).num_rows} clips,"
        f" {len(set(table['speaker'].to_pylist()))} speakers; {halves} halves, days of {rows}"
        f" segments; scikit-learn {sklearn.__version__}, numpy {np.__version__},"
        f" {describe_processor()}"
    )
    for distorted in (True, False):
        found: dict[tuple[str, float], list[Outcome]] = {}
        for kind, outcome in outcomes(table, rows, halves, distorted=distorted):
            found.setdefault(kind, []).append(outcome)
        print(f"\nreference {'with' if distorted else 'without'} distorted clips\n")
        show(found)


if __name__ == "__main__":
    typer.run(main)
