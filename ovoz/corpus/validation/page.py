"""The data page: what was checked, what was found, and every doubtful row to be heard.

It needs nothing beside its folder: no network, no server. The results are Great Expectations'; its
own Data Docs ask CDNs and count their visitors.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ovoz.charts import HEIGHT, WIDTH, Chart, draw_histogram
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.dropped import DroppedRow
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.origins import Origin
from ovoz.corpus.validation.config import Severity
from ovoz.corpus.validation.result import CorpusRejectedError, Quarantined
from ovoz.corpus.validation.suite import CheckResult

PAGE_FOLDER: Final = "data_page"
"""Name of the page's folder within that of a validation."""

_LISTED: Final = 100
"""Rows of each check that are listed, with their audio; the tables beside the page have all."""
_CATEGORIES: Final = ("languages", "dialect", "condition", "source", "licence")
_CHARTS: Final = (
    ("duration_s", "Length", "seconds", 0.0),
    ("chars_per_s", "Pace", "characters per second", 0.0),
    ("measured_snr_db", "SNR", "dB", None),
    ("measured_rms_dbfs", "Level", "dBFS", None),
    ("measured_speech_ratio", "Speech", "share of frames", 0.0),
    ("measured_bandwidth_hz", "Bandwidth", "Hz", 0.0),
)


class AuditedCorpus(NamedTuple):
    """A corpus with everything that validation found: the material of the page."""

    dataset: Dataset
    table: pd.DataFrame
    origins: Mapping[str, Origin]
    accepted: Sequence[Utterance]
    found: Mapping[Severity, Sequence[Quarantined]]
    results: Sequence[CheckResult]


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the page; ``clip`` is its audio below the page, empty where there is none."""

    severity: str
    checks: tuple[str, ...]
    reasons: tuple[str, ...]
    path: str
    row: str
    speaker: str
    split: str
    text: str
    clip: str
    duration_s: float | None


def write_page(
    corpus: AuditedCorpus,
    dropped: Sequence[DroppedRow],
    rejected: CorpusRejectedError | None,
    folder: Path,
) -> Path:
    """Write ``data_page/`` with ``index.html`` and the audio of the listed rows; returns the page.

    Args:
        corpus: What was checked.
        dropped: Rows that ingestion left out; there is no audio of them.
        rejected: Why the corpus is refused; None where it is not.
        folder: Gets the page's folder.

    Raises:
        OSError: The page cannot be written.
    """
    page = folder / PAGE_FOLDER
    (page / "clips").mkdir(parents=True)
    rows = [*_list_failed(corpus, page), *_list_dropped(dropped)]
    content = (
        _environment()
        .get_template("data.html.jinja")
        .render(
            rejected=str(rejected).partition("\n")[0] if rejected else "",
            came_in=len(corpus.table) + len(dropped),
            accepted=len(corpus.accepted),
            doubtful=_count_doubtful(corpus),
            splits=list(_count_splits(corpus.accepted)),
            categories={name: _count_category(corpus.accepted, name) for name in _CATEGORIES},
            results=sorted(corpus.results, key=lambda result: -len(result.failures)),
            describe=describe_arguments,
            dropped=Counter(row.kind for row in dropped).most_common(),
            charts=list(_draw_charts(corpus.table)),
            width=WIDTH,
            height=HEIGHT,
            rows=rows,
            kinds=sorted({check for row in rows for check in row.checks}),
            listed=_LISTED,
        )
    )
    (page / "index.html").write_text(content, encoding="utf-8")
    return page / "index.html"


def describe_arguments(result: CheckResult) -> str:
    """What a check asks, such as ``at least 3, at most 30``."""
    limits = (("at least", "min_value"), ("at most", "max_value"))
    asked = ((word, result.check.arguments.get(name)) for word, name in limits)
    shown = [f"{word} {limit:g}" for word, limit in asked if limit is not None]
    return ", ".join(shown)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ovoz.corpus.validation"),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _list_failed(corpus: AuditedCorpus, page: Path) -> Iterator[ListedRow]:
    """Failed rows, each once, the most severe first; of each check the first ones."""
    faults: dict[int, list[tuple[Severity, Quarantined]]] = {}
    for severity in Severity:
        for failed in corpus.found[severity]:
            faults.setdefault(failed.row, []).append((severity, failed))
    listed: Counter[str] = Counter()
    for found in faults.values():
        first = found[0][1].checks[0]
        listed[first] += 1
        if listed[first] <= _LISTED:
            yield _list_row(corpus, found, page)


def _list_row(
    corpus: AuditedCorpus, found: Sequence[tuple[Severity, Quarantined]], page: Path
) -> ListedRow:
    severity, failed = found[0]
    row = corpus.table.iloc[failed.row]
    origin = corpus.origins.get(failed.id, Origin(path=row["audio"]))
    readable = pd.notna(row["measured_rms_dbfs"])
    return ListedRow(
        severity=severity.value,
        checks=tuple(check for _, one in found for check in one.checks),
        reasons=tuple(reason for _, one in found for reason in one.reasons),
        path=origin.path,
        row=origin.row or f"manifest: row {failed.row}",
        speaker=row["speaker"],
        split=row["split"],
        text=row["raw_text"] or row["text"],
        clip=_copy_clip(corpus.dataset.root / row["audio"], failed.row, page) if readable else "",
        duration_s=row["duration_s"] if readable else None,
    )


def _copy_clip(audio: Path, row: int, page: Path) -> str:
    """The audio of a row below the page; named by the row, since ids may be anything."""
    clip = f"clips/{row}{audio.suffix}"
    shutil.copyfile(audio, page / clip)
    return clip


def _count_doubtful(corpus: AuditedCorpus) -> int:
    """Accepted rows with a warning."""
    warned, *others = (
        {failed.row for failed in corpus.found[severity]}
        for severity in (Severity.WARNING, Severity.ERROR, Severity.CRITICAL)
    )
    return len(warned.difference(*others))


def _list_dropped(dropped: Sequence[DroppedRow]) -> Iterator[ListedRow]:
    listed: Counter[str] = Counter()
    for row in dropped:
        listed[row.kind] += 1
        if listed[row.kind] <= _LISTED:
            kinds, reasons = (row.kind,), (row.reason,)
            told = (row.path, row.row, row.speaker)
            yield ListedRow("not brought", kinds, reasons, *told, "", "", "", None)


def _count_splits(accepted: Sequence[Utterance]) -> Iterator[tuple[str, int, float, int, int]]:
    """Rows, hours, speakers and sentences of each split."""
    rows: defaultdict[Split, list[Utterance]] = defaultdict(list)
    for utterance in accepted:
        rows[utterance.split].append(utterance)
    for split in (split for split in Split if split in rows):
        of_split = rows[split]
        speakers = {utterance.speaker for utterance in of_split}
        sentences = {utterance.text for utterance in of_split}
        hours = sum(utterance.duration_s for utterance in of_split) / 3600
        yield split.value, len(of_split), hours, len(speakers), len(sentences)


def _count_category(accepted: Sequence[Utterance], name: str) -> list[tuple[str, int]]:
    return Counter(str(getattr(utterance, name)) for utterance in accepted).most_common(10)


def _draw_charts(table: pd.DataFrame) -> Iterator[Chart]:
    for column, title, label, low in _CHARTS:
        values = table[column].replace([float("inf")], float("nan")).dropna()
        if len(values):
            yield draw_histogram(title, (label, "rows"), values.tolist(), low)
