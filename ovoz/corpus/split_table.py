"""Ways to split a table of recordings, compared by the rows that each keeps."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.normal_form import cell_text, normalize_name
from ovoz.corpus.splits import STRICT, SplitRow, Unseen, plan_splits
from ovoz.corpus.tables import read_records
from ovoz.files import atomic_file
from ovoz.text.pack import load_pack

UNUSED: Final = "none"
"""What the column ``split`` says of a row that no split can have."""


class UnseenRule(StrEnum):
    """What training must not have seen of the held-out splits."""

    BOTH = "both"
    """Speakers and sentences, of dev and of test."""
    DEV_SPEAKER = "dev-speaker"
    """Both of test, the speakers alone of dev: for prompts that many speakers read."""
    SPEAKER = "speaker"
    """The speakers alone."""
    SENTENCE = "sentence"
    """The sentences alone: for a corpus of one voice."""

    @property
    def rules(self) -> Mapping[Split, frozenset[Unseen]]:
        """The rule of each held-out split, as ``validation.unseen`` has it."""
        if self is UnseenRule.BOTH:
            return STRICT
        if self is UnseenRule.DEV_SPEAKER:
            return {**STRICT, Split.DEV: frozenset({Unseen.SPEAKER})}
        return dict.fromkeys(STRICT, frozenset({Unseen(self.value)}))


@dataclass(frozen=True, slots=True)
class SplitTable:
    """The records of a table, each with its speaker, sentence and split."""

    records: Sequence[Mapping[str, Any]]
    rows: Sequence[SplitRow]


@dataclass(frozen=True, slots=True)
class SplitOption:
    """One way to split: a split for every row, None for those that no split can have."""

    rule: UnseenRule
    plan: Sequence[Split | None]

    def count(self, split: Split | None) -> int:
        """Rows of a split, or (None) of none."""
        return Counter(self.plan)[split]


def read_split_table(
    path: Path, pack: str, columns: Mapping[str, str], *, again: bool
) -> SplitTable:
    """Read a table to be split.

    Args:
        path: CSV, TSV or JSON lines.
        pack: Language pack by which sentences are compared.
        columns: The table's headings of ``audio``, ``text``, ``speaker`` and ``split``.
        again: Whether splits that the table has are ignored; else they stay.

    Raises:
        ManifestError: The table cannot be read, lacks ``text``, or names an unknown split.
    """
    canonical = load_pack(pack).canonical
    records, rows = [], []
    for number, (record, _) in enumerate(read_records(path), start=1):
        cells = {name: cell_text(record.get(heading)) for name, heading in columns.items()}
        if columns["text"] not in record:
            raise ManifestError(f"{path}: row {number} has no column {columns['text']}")
        named = "" if again or cells["split"] == UNUSED else cells["split"]
        try:
            split = Split(named) if named else None
        except ValueError as error:
            raise ManifestError(f"{path}: row {number}: {error}") from error
        own = cells["audio"] or str(number)
        sentence = canonical(cells["text"]) or normalize_name(cells["text"] or own)
        records.append(record)
        rows.append(SplitRow(normalize_name(cells["speaker"] or own), sentence, split))
    return SplitTable(records, rows)


def compare_splits(rows: Sequence[SplitRow], shares: Mapping[Split, float]) -> list[SplitOption]:
    """Every rule with the split that keeps the most rows under it."""
    return [SplitOption(rule, plan_splits(rows, shares, rule.rules)) for rule in UnseenRule]


def count_leaks(rows: Sequence[SplitRow], rule: UnseenRule) -> int:
    """Training rows of the splits that the table has which validation sets aside by a rule."""
    bare = [SplitRow(row.speaker, row.sentence) for row in rows if row.split is Split.TRAIN]
    held = [row for row in rows if row.split in rule.rules]
    speakers = {row.speaker for row in held if Unseen.SPEAKER in rule.rules[row.split or Split.DEV]}
    said = {row.sentence for row in held if Unseen.SENTENCE in rule.rules[row.split or Split.DEV]}
    return sum(row.speaker in speakers or row.sentence in said for row in bare)


def write_split_table(
    table: SplitTable, plan: Sequence[Split | None], column: str, out: Path
) -> None:
    """Write the records as CSV with their splits; ``none`` for rows that no split can have.

    Raises:
        OSError: The file cannot be written.
    """
    names = dict.fromkeys(name for record in table.records for name in record)
    with (
        atomic_file(out) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, [*names] if column in names else [*names, column])
        writer.writeheader()
        for record, split in zip(table.records, plan, strict=True):
            writer.writerow({**record, column: split.value if split else UNUSED})
