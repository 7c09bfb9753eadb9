"""``ovoz score REF HYP``: score any system on the code-switch benchmark."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID

from ovoz.evaluation.metrics.report import (
    GROUPINGS,
    ScoreOptions,
    ScoreReport,
    check_writable,
    score_files,
    write_report,
)
from ovoz.evaluation.metrics.table import score_table
from ovoz.text.pack import DEFAULT_PACK, load_pack

AS_WRITTEN = "none"


def score(
    reference: Annotated[
        Path,
        typer.Argument(
            metavar="REF",
            help="References: .jsonl, .tsv, .json, Kaldi text, .trn, .stm or .parquet.",
        ),
    ],
    hypothesis: Annotated[
        Path, typer.Argument(metavar="HYP", help="What the system wrote, likewise, or .ctm.")
    ],
    baseline: Annotated[
        Path | None, typer.Option(help="Hypotheses of another system to compare with.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report to this file as JSON.")
    ] = None,
    pack: Annotated[
        str, typer.Option(help=f"Language pack; {AS_WRITTEN!r} scores the texts as written.")
    ] = DEFAULT_PACK,
    by: Annotated[
        list[str] | None,
        typer.Option(help=f"Also tell apart by one of: {', '.join(GROUPINGS)}. May be repeated."),
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap samples.")] = 1000,
    level: Annotated[float, typer.Option(help="Level of the intervals, a fraction.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    as_written: Annotated[
        bool | None,
        typer.Option(
            "--as-written/--any-script",
            help="Keep the script of every hypothesis word, or find its language; without either, "
            "what the whole file shows.",
        ),
    ] = None,
    equivalents: Annotated[
        Path | None, typer.Option(help="Listed spellings that count as the same, one set a line.")
    ] = None,
    missing_as_empty: Annotated[
        bool, typer.Option("--missing-as-empty", help="Count missing hypotheses as empty.")
    ] = False,
) -> None:
    """Score a system on the Ovoz code-switch benchmark (docs/benchmark.md)."""
    options = ScoreOptions(
        group_by=tuple(by or ()),
        resamples=resamples,
        level=level,
        seed=seed,
        missing_as_empty=missing_as_empty,
        as_written=as_written,
        equivalents=equivalents,
    )
    try:
        if json_file:
            check_writable(json_file)
        report = _scored(reference, hypothesis, baseline, pack, options)
    except ValueError as error:
        Console(stderr=True).print(
            f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(code=2) from error
    Console().print(score_table(report))
    if json_file:
        write_report(report, json_file)


def _scored(
    reference: Path, hypothesis: Path, baseline: Path | None, pack: str, options: ScoreOptions
) -> ScoreReport:
    reader = None if pack == AS_WRITTEN else load_pack(pack)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        return score_files(reference, hypothesis, reader, baseline, options, show)
