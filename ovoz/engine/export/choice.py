"""Choice of the export that is served: the fastest that costs no accuracy, by measurement.

The figures come from :mod:`ovoz.evaluation.exports`; this module has the rule and the record.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.engine.artifact.storage import (
    EXPORTS_FILE,
    ArtifactError,
    read_description,
    seal,
)
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.precision import Device, Precision
from ovoz.files import atomic_folder
from ovoz.validation_message import describe_validation


class ExportFigures(BaseModel):
    """Figures of one export; error rates and shares are fractions.

    ``wer_loss`` is ``wer`` minus that of the trained network. ``real_time_factor`` is processing
    time over audio time, and ``p95_ms`` the 95th percentile of the time per call.
    """

    model_config = ConfigDict(frozen=True)

    wer: float
    cer: float
    wer_loss: float
    text_equal_share: float
    size_mb: float
    real_time_factor: float
    p95_ms: float

    def dominates(self, other: Self) -> bool:
        """Whether it is at least as accurate, fast and small, and better in one of them."""
        ours = (self.wer, self.real_time_factor, self.size_mb)
        theirs = (other.wer, other.real_time_factor, other.size_mb)
        return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))


class ExportCandidate(BaseModel):
    """One export: its figures, or the reason why there are none."""

    model_config = ConfigDict(frozen=True)

    precision: Precision
    figures: ExportFigures | None = None
    reason: str = ""
    within_limit: bool = False
    dominated: bool = False
    chosen: bool = False


class ExportChoice(BaseModel):
    """Every export that was asked for, and the one that is served."""

    model_config = ConfigDict(frozen=True)

    candidates: tuple[ExportCandidate, ...]
    max_wer_loss: float
    """Percentage points."""
    clips: int
    timed_clips: int
    trained_wer: float
    trained_cer: float
    device: Device
    measured_on: str
    """Hardware and versions."""

    @property
    def chosen(self) -> Precision | None:
        """The precision that is served; None when every export loses too much."""
        chosen = (candidate.precision for candidate in self.candidates if candidate.chosen)
        return next(chosen, None)

    @property
    def within_limit(self) -> int:
        """Number of exports that lose no more than they may."""
        return sum(candidate.within_limit for candidate in self.candidates)

    @property
    def stand_in(self) -> Precision:
        """The chosen precision, or else the most accurate: a report needs a model to judge.

        Raises:
            ValueError: No export could be run at all.
        """
        if self.chosen is not None:
            return self.chosen
        measured = [
            (candidate.figures.wer, candidate.precision)
            for candidate in self.candidates
            if candidate.figures
        ]
        if not measured:
            reasons = "; ".join(f"{one.precision}: {one.reason}" for one in self.candidates)
            raise ValueError(f"no export could be run: {reasons}")
        return min(measured, key=lambda pair: pair[0])[1]


def mark_candidates(
    candidates: Sequence[ExportCandidate], config: ExportConfig
) -> list[ExportCandidate]:
    """The candidates, marked as within the limit, dominated and chosen.

    Of those within the limit that no other dominates, the fastest is chosen; of those that are
    about as fast (``config.as_fast``), the smallest. With ``config.served`` that one is chosen if
    it is within the limit.
    """
    figures = [candidate.figures for candidate in candidates if candidate.figures is not None]
    marked = [
        candidate
        if candidate.figures is None
        else candidate.model_copy(
            update={
                "within_limit": 100 * candidate.figures.wer_loss <= config.max_wer_loss + 1e-9,
                "dominated": any(other.dominates(candidate.figures) for other in figures),
            }
        )
        for candidate in candidates
    ]
    if config.served is None:
        best = _find_best(marked, config.as_fast)
    else:
        asked = (one for one in marked if one.precision is config.served and one.within_limit)
        best = next(asked, None)
    return [candidate.model_copy(update={"chosen": candidate is best}) for candidate in marked]


def _find_best(marked: Sequence[ExportCandidate], as_fast: float) -> ExportCandidate | None:
    allowed = [
        (candidate.figures, candidate)
        for candidate in marked
        if candidate.figures is not None and candidate.within_limit and not candidate.dominated
    ]
    if not allowed:
        return None
    fastest = min(figures.real_time_factor for figures, _ in allowed)
    equal = [pair for pair in allowed if pair[0].real_time_factor <= fastest * (1 + as_fast)]
    return min(equal, key=lambda pair: (pair[0].size_mb, pair[0].wer))[1]


def keep_chosen(artifact: Path, out: Path, choice: ExportChoice) -> Path:
    """Copy an artifact to ``out``, served in the chosen precision, with the record of the choice.

    Of the served head fp32 stays too: later versions and other hardware are measured against it.
    A head that is not served keeps all of its exports.

    Raises:
        ArtifactError: The artifact is missing or damaged.
        ValueError: No export could be run at all.
    """
    description = read_description(artifact)
    served = choice.stand_in
    with atomic_folder(out) as unfinished:
        shutil.copytree(artifact, unfinished, dirs_exist_ok=True)
        for precision in description.exported():
            if precision not in (served, Precision.FP32):
                _remove(unfinished / description.weights(precision), unfinished)
        (unfinished / EXPORTS_FILE).write_text(choice.model_dump_json(indent=1), encoding="utf-8")
        seal(unfinished, description.model_copy(update={"precision": served}))
    return out


def _remove(weights: Path, artifact: Path) -> None:
    """An encoder, or the folder of an attention head."""
    if weights.parent == artifact:
        weights.unlink()
    else:
        shutil.rmtree(weights.parent)


def read_choice(artifact: Path) -> ExportChoice | None:
    """The record of the choice; None where an artifact was exported without one.

    Raises:
        ArtifactError: The record is damaged.
    """
    path = artifact / EXPORTS_FILE
    if not path.is_file():
        return None
    try:
        return ExportChoice.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ArtifactError(
            f"{path}: not a table of exports: {describe_validation(error)}"
        ) from error


def read_target_device(artifact: Path) -> Device:
    """The device that the exports were timed on, which serves them; the CPU without a choice.

    Raises:
        ArtifactError: The record of the choice is damaged.
    """
    choice = read_choice(artifact)
    return choice.device if choice is not None else Device.CPU
