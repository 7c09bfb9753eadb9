"""Sees to it that the rows of a stage are aligned before its first step."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from accelerate import PartialState
from pydantic import TypeAdapter

from ovoz.audio.signal import Seconds
from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.phrases import AlignedUtterance, TimedWord
from ovoz.files import write_text
from ovoz.model.weight_digest import digest_weights
from ovoz.progress import progress_bar
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.audio_cache import AudioCache
from ovoz.training.config import RearrangeConfig
from ovoz.training.job import StageJob
from ovoz.training.rearrangement.alignment import align_rows
from ovoz.training.rearrangement.placing import PlacedWords
from ovoz.training.rearrangement.rearranger import Rearranger
from ovoz.training.selection import compute_draw_weight
from ovoz.training.stage_result import AlignedRows
from ovoz.training.targets import TargetEncoder

FOLDER: Final = "alignments"
"""Folder of the alignments, beside those of the stages."""

_EDGE_S: Final[Seconds] = 0.1
"""CTC finds a word by a peak in it: at the edges of an utterance, more of it is heard."""

_Placed = TypeAdapter(dict[str, PlacedWords | None])

_log = logging.getLogger(__name__)


class RearrangementError(ValueError):
    """A stage that cannot rearrange anything; the message says why."""


def prepare_rearranger(
    job: StageJob,
    settings: RearrangeConfig,
    train: Sequence[Utterance],
    cache: AudioCache,
    arithmetic: Arithmetic,
    state: PartialState,
) -> tuple[Rearranger, AlignedRows]:
    """Align the rows of a stage unless that is done, and take phrases from those that align.

    One of several training processes aligns, and the others wait for it.

    Raises:
        RearrangementError: No row aligns well enough.
        AudioError: A row's audio cannot be read.
    """
    rows = [row for row in train if settings.of.matches(row) and _is_drawn(row, job)]
    path = job.folder.parent / FOLDER / f"{_digest(rows, job, arithmetic)}.json"
    if state.is_main_process and not path.is_file():
        title = f"align for {job.stage.name}"
        with progress_bar(title, len(rows), transient=False) as show:
            placed = align_rows(
                rows, job.start, job.root, arithmetic.precision, state.device,
                job.config.workers, show,
            )  # fmt: skip
        write_text(path, _Placed.dump_json(placed).decode())
    state.wait_for_everyone()
    placed = _Placed.validate_json(path.read_bytes())
    aligned = list(_take_aligned(rows, placed, settings, job.start.network.config.frame_s))
    scores = [one.score for one in placed.values() if one is not None]
    counts = AlignedRows(
        rows=len(rows),
        used=len(aligned),
        refused=sum(score < settings.least_score for score in scores),
    )
    _report(job, counts, scores, settings)
    return Rearranger(aligned, TargetEncoder.of(job.start), settings, cache), counts


def _report(
    job: StageJob, counts: AlignedRows, scores: Sequence[float], settings: RearrangeConfig
) -> None:
    stage = f"stage {job.stage.name!r}"
    _log.info(
        "%s: %d of %d rows give phrases; %d are refused for their score",
        stage, counts.used, counts.rows, counts.refused,
    )  # fmt: skip
    if not counts.used:
        best = f"the best scores {max(scores):.2f}" if scores else "none has room for its text"
        raise RearrangementError(
            f"{stage}: none of its {counts.rows} rows aligns at rearrange.least_score"
            f" {settings.least_score:g} ({best}): the network that it starts from has not learned"
            " to write"
        )


def _is_drawn(row: Utterance, job: StageJob) -> bool:
    stage = job.stage
    return compute_draw_weight(row, stage.select, stage.language_weights, stage.mixture) > 0


def _digest(rows: Sequence[Utterance], job: StageJob, arithmetic: Arithmetic) -> str:
    """Hex digest of everything that decides where the words of the rows are."""
    content = {
        "code": digest_code(find_code_closure("ovoz.training.rearrangement.alignment")),
        "weights": digest_weights([job.start.network]),
        "symbols": job.start.tokenizer.symbols,
        "precision": arithmetic.precision,
        "rows": [(row.id, row.sha256, row.text) for row in rows],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _take_aligned(
    rows: Iterable[Utterance],
    placed: Mapping[str, PlacedWords | None],
    settings: RearrangeConfig,
    frame_s: Seconds,
) -> Iterable[AlignedUtterance]:
    """The rows that align well enough, with the times of their words."""
    for row in rows:
        found = placed[row.id]
        if found is None or found.score < settings.least_score:
            continue
        last = len(found.frames) - 1
        words = tuple(
            TimedWord(
                text,
                start * frame_s - (_EDGE_S if place == 0 else 0),
                end * frame_s + (_EDGE_S if place == last else 0),
            )
            for place, (text, (start, end)) in enumerate(
                zip(row.text.split(), found.frames, strict=True)
            )
        )
        yield AlignedUtterance(row, words, found.score)
