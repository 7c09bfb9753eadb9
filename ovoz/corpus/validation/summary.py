"""What was kept of a corpus and what was not, and why: one table for people."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from ovoz.corpus.dropped import DroppedRow
from ovoz.corpus.manifest import Split, Utterance


def summarize_rows(kept: Sequence[Utterance], dropped: Sequence[DroppedRow]) -> str:
    """Markdown: rows, hours, speakers and sentences of each split; dropped rows by reason."""
    rows: dict[Split, list[Utterance]] = defaultdict(list)
    for row in kept:
        rows[row.split].append(row)
    lines = [
        f"{len(kept) + len(dropped)} rows came in, {len(kept)} are kept, {len(dropped)} are not.",
        "",
        "| split | rows | hours | speakers | sentences |",
        "| --- | --- | --- | --- | --- |",
    ]
    for split in (split for split in Split if split in rows):
        of_split = rows[split]
        hours = sum(row.duration_s for row in of_split) / 3600
        speakers, texts = ({getattr(row, name) for row in of_split} for name in ("speaker", "text"))
        lines.append(
            f"| {split.value} | {len(of_split)} | {hours:.2f} | {len(speakers)} | {len(texts)} |"
        )
    if dropped:
        lines += ["", "| not kept | rows | the first of them |", "| --- | --- | --- |"]
    first = {row.kind: row for row in reversed(dropped)}
    for kind, number in Counter(row.kind for row in dropped).most_common():
        shown = f"{first[kind].row or first[kind].path}: {first[kind].reason}".replace("|", "/")
        lines.append(f"| {kind} | {number} | {shown} |")
    return "\n".join(lines) + "\n"
