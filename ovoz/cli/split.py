"""``ovoz split TABLE``: a split that fits the corpus, and what each kind of split keeps."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ovoz.cli.errors import stop
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.split_table import (
    SplitOption,
    SplitTable,
    UnseenRule,
    compare_splits,
    count_leaks,
    read_split_table,
    write_split_table,
)
from ovoz.text.pack import DEFAULT_PACK, PackError


def split(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, TSV or JSON lines.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the table with its splits to this CSV.")
    ] = None,
    unseen: Annotated[
        UnseenRule, typer.Option(help="What training must not have seen of dev and test.")
    ] = UnseenRule.BOTH,
    test_share: Annotated[float, typer.Option(min=0, max=0.5, help="Share of the rows.")] = 0.1,
    dev_share: Annotated[float, typer.Option(min=0, max=0.5, help="Share of the rows.")] = 0.05,
    again: Annotated[
        bool, typer.Option("--again", help="Ignore the splits that the table has.")
    ] = False,
    pack: Annotated[
        str, typer.Option(help="Language pack that compares sentences.")
    ] = DEFAULT_PACK,
    text: Annotated[str, typer.Option(help="Heading of the transcripts.")] = "text",
    speaker: Annotated[str, typer.Option(help="Heading of the speakers.")] = "speaker",
) -> None:
    """Split a table of recordings by speaker and sentence; splits that it has stay."""
    columns = {"audio": "audio", "text": text, "speaker": speaker, "split": "split"}
    try:
        read = read_split_table(table, pack, columns, again=again)
        options = compare_splits(read.rows, {Split.TEST: test_share, Split.DEV: dev_share})
        _show(read, options)
        chosen = next(option for option in options if option.rule is unseen)
        _check(read, chosen)
        if out is not None:
            write_split_table(read, chosen.plan, columns["split"], out)
            Console(soft_wrap=True).print(f"{out}: split by {unseen.value}", highlight=False)
    except (ManifestError, PackError, OSError) as error:
        stop(error)


def _show(read: SplitTable, options: list[SplitOption]) -> None:
    rows = read.rows
    speakers, sentences = ({getattr(row, name) for row in rows} for name in ("speaker", "sentence"))
    shown = Table(
        title=f"{len(rows)} rows, {len(speakers)} speakers, {len(sentences)} sentences",
        title_justify="left",
    )
    given = any(row.split for row in rows)
    for heading in ("unseen", "train", "dev", "test", "no split", "kept"):
        shown.add_column(heading, justify="left" if heading == "unseen" else "right")
    if given:
        shown.add_column("refused by validation", justify="right")
    for option in options:
        counts = [option.count(part) for part in (Split.TRAIN, Split.DEV, Split.TEST, None)]
        leaks = count_leaks(rows, option.rule)
        kept = 1 - (counts[-1] + leaks) / max(len(rows), 1)
        told = [option.rule.value, *map(str, counts), f"{kept:.1%}"]
        shown.add_row(*told, *([str(leaks)] if given else []))
    Console(soft_wrap=True).print(shown)


def _check(read: SplitTable, chosen: SplitOption) -> None:
    """Check that no split is empty.

    Raises:
        ManifestError: One is; the message says why and what to do.
    """
    if all(chosen.count(part) for part in (Split.TRAIN, Split.DEV, Split.TEST)):
        return
    by = "sentence" if chosen.rule is UnseenRule.SENTENCE else "speaker"
    number = len({getattr(row, by) for row in read.rows})
    hint = "record more" if by == "sentence" else "take --unseen sentence, or record more"
    raise ManifestError(
        f"{number} {by}{'s' * (number != 1)} cannot fill train, dev and test, each {by} in one of"
        f" them; {hint}"
    )
