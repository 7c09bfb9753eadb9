"""Scoring two files: everything that ``ovoz score`` shows and writes."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from ovoz.evaluation.metrics.bootstrap import (
    Difference,
    Interval,
    confidence_intervals,
    paired_differences,
)
from ovoz.evaluation.metrics.equivalents import Equivalents, read_equivalents
from ovoz.evaluation.metrics.files import (
    Hypothesis,
    Reference,
    cut_recordings,
    pair_up,
    read_hypotheses,
    read_references,
)
from ovoz.evaluation.metrics.hypotheses import keeps_convention
from ovoz.evaluation.metrics.pair import Pair, views
from ovoz.evaluation.metrics.scores import Scores, scores_of
from ovoz.evaluation.metrics.tally import Tally, tally
from ovoz.files import write_text
from ovoz.text.pack import LanguagePack

BENCHMARK_VERSION = "2"
"""Raised whenever a figure changes its meaning; figures of two versions are not comparable."""

GROUPINGS = ("condition", "dialect", "speaker", "source")
"""Reference columns by which the test set can be told apart."""


class ScoredFile(BaseModel):
    """A file that was scored, by name and content."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str


class ScoreReport(BaseModel):
    """Scores of a hypothesis file against a reference file.

    ``groups`` holds, for each grouping column, the figures of each of its values. ``differences``
    compares with the baseline, positive where the figure of the hypothesis is higher. All rates
    are fractions. ``as_written`` says whether every hypothesis word was left in the script in which
    it was written. ``without_equivalents`` holds the figures that count every difference in
    spelling, where a list of equivalents was given.
    """

    model_config = ConfigDict(frozen=True)

    benchmark_version: str
    pack: str
    reference: ScoredFile
    hypothesis: ScoredFile
    baseline: ScoredFile | None = None
    unused_hypotheses: int
    missing_hypotheses: int
    as_written: bool = False
    figures: dict[str, float]
    scores: Scores
    intervals: dict[str, Interval]
    groups: dict[str, dict[str, dict[str, float]]]
    differences: dict[str, Difference]
    without_equivalents: dict[str, float] | None = None


class ScoreOptions(BaseModel):
    """How two files are scored.

    ``as_written`` says whether the system writes as the models of the pack do; None finds out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group_by: tuple[str, ...] = ()
    resamples: int = 1000
    level: float = 0.95
    seed: int = 0
    missing_as_empty: bool = False
    as_written: bool | None = None
    equivalents: Path | None = None


def score_files(
    reference: Path,
    hypothesis: Path,
    pack: LanguagePack | None = None,
    baseline: Path | None = None,
    options: ScoreOptions | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> ScoreReport:
    """Score a hypothesis file, and compare it with that of a baseline where one is given.

    Args:
        reference: reference file.
        hypothesis: hypothesis file of the system.
        pack: language pack whose canonical form is scored.
        baseline: hypothesis file of another system.
        options: intervals and groups.
        progress: called with what is being done, how much of it is done, and out of how much.

    Raises:
        ScoreFileError: A file cannot be read, or a reference has no hypothesis.
        ValueError: A grouping is not a reference column, or an option is out of range.
    """
    options = options or ScoreOptions()
    references, hypotheses = read_references(reference), read_hypotheses(hypothesis)
    pairs = pair_up(references, hypotheses, options.missing_as_empty)
    named, heard = {row.id for row in references}, set(cut_recordings(references, hypotheses))
    groups = _rows_by_group(pairs, options.group_by)
    same = _read_equivalents(options, pack)
    as_written = _is_as_written(pairs, pack, options)
    step = _step("Scoring", len(pairs), progress)
    counts = tally(pairs, pack, step, same, as_written=as_written)
    scores = scores_of(counts)
    drawing = _step("Drawing speakers", options.resamples, progress)
    return ScoreReport(
        benchmark_version=BENCHMARK_VERSION,
        pack=pack.name if pack else "",
        reference=_named(reference),
        hypothesis=_named(hypothesis),
        baseline=_named(baseline) if baseline else None,
        unused_hypotheses=len(heard - named),
        missing_hypotheses=len(named - heard),
        as_written=as_written,
        figures=scores.figures(),
        scores=scores,
        intervals=confidence_intervals(
            counts, options.resamples, options.level, options.seed, drawing
        ),
        groups={
            column: {
                value: scores_of(counts.select(rows)).figures() for value, rows in values.items()
            }
            for column, values in groups.items()
        },
        without_equivalents=(
            scores_of(tally(pairs, pack, as_written=as_written)).figures() if same else None
        ),
        differences=_compare(counts, references, baseline, pack, options, progress),
    )


def check_writable(path: Path) -> None:
    """Find out before the work whether a report can be written.

    Raises:
        ValueError: The path is a folder, or no file can be made in its folder.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(f"the report cannot be written to {path}: {error}") from error


def write_report(report: ScoreReport, path: Path) -> Path:
    """Write a report as JSON; the file appears complete or not at all."""
    write_text(path, report.model_dump_json(indent=2) + "\n")
    return path


def _compare(
    counts: Tally,
    references: Sequence[Reference],
    baseline: Path | None,
    pack: LanguagePack | None,
    options: ScoreOptions,
    progress: Callable[[str, int, int], object] | None,
) -> dict[str, Difference]:
    if baseline is None:
        return {}
    others: list[Hypothesis] = read_hypotheses(baseline)
    pairs = pair_up(references, others, options.missing_as_empty)
    same = _read_equivalents(options, pack)
    step = _step("Scoring the baseline", len(pairs), progress)
    as_written = _is_as_written(pairs, pack, options)
    other = tally(pairs, pack, step, same, as_written=as_written)
    drawing = _step("Comparing", options.resamples, progress)
    return paired_differences(
        counts, other, options.resamples, options.level, options.seed, drawing
    )


def _is_as_written(pairs: Sequence[Pair], pack: LanguagePack | None, options: ScoreOptions) -> bool:
    if options.as_written is not None or pack is None:
        return options.as_written or False
    return keeps_convention(pairs, pack)


def _read_equivalents(options: ScoreOptions, pack: LanguagePack | None) -> Equivalents | None:
    if options.equivalents is None:
        return None
    return read_equivalents(options.equivalents, views(pack).canonical)


def _rows_by_group(
    pairs: Sequence[Pair], columns: Sequence[str]
) -> dict[str, dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    unknown = [column for column in columns if column not in GROUPINGS]
    if unknown:
        raise ValueError(f"cannot group by {unknown[0]!r}: choose from {', '.join(GROUPINGS)}")
    rows = {}
    for column in columns:
        values = np.array([str(getattr(pair, column)) or "unknown" for pair in pairs])
        rows[column] = {str(value): values == value for value in np.unique(values)}
    return rows


def _step(
    what: str, total: int, progress: Callable[[str, int, int], object] | None
) -> Callable[[int], object] | None:
    if progress is None:
        return None
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(what, done, total)

    return advance


def _named(path: Path) -> ScoredFile:
    with path.open("rb") as file:
        return ScoredFile(name=path.name, sha256=hashlib.file_digest(file, "sha256").hexdigest())
