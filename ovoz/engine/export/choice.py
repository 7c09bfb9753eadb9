"""Which export of a network is served: the fastest that costs no accuracy, by measurement.

The figures come from :mod:`ovoz.evaluation.exports`; here is the rule, and what is kept of it.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.engine.artifact.storage import (
    EXPORTS_FILE,
    ArtifactError,
    new_directory,
    read_description,
    seal,
)
from ovoz.engine.precision import Device, ExportConfig, Precision


class ExportFigures(BaseModel):
    """What one export reached; error rates and shares are fractions.

    ``wer_loss`` is ``wer`` minus that of the trained network. ``real_time_factor`` is processing
    time over audio time, and ``p95_ms`` the 95th percentile of the time of a call.
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
        """Whether it is at least as accurate, as fast and as small, and better in one of them."""
        ours = (self.wer, self.real_time_factor, self.size_mb)
        theirs = (other.wer, other.real_time_factor, other.size_mb)
        return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))


class ExportCandidate(BaseModel):
    """One export: its figures, or the reason why it has none."""

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
    """Points."""
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
        return next((one.precision for one in self.candidates if one.chosen), None)

    @property
    def within_limit(self) -> int:
        """How many exports lose no more than they may."""
        return sum(one.within_limit for one in self.candidates)

    @property
    def stand_in(self) -> Precision:
        """The chosen precision, or else the most accurate one: a report needs something to judge.

        Raises:
            ValueError: no export could be run at all.
        """
        if self.chosen is not None:
            return self.chosen
        measured = [(one.figures.wer, one.precision) for one in self.candidates if one.figures]
        if not measured:
            reasons = "; ".join(f"{one.precision}: {one.reason}" for one in self.candidates)
            raise ValueError(f"no export could be run: {reasons}")
        return min(measured, key=lambda one: one[0])[1]


def marked(candidates: Sequence[ExportCandidate], config: ExportConfig) -> list[ExportCandidate]:
    """The candidates with their places: within the limit, dominated, chosen.

    Of those within the limit that no other dominates, the fastest is chosen; of those that are
    about as fast (``config.as_fast``), the smallest.
    """
    figures = [one.figures for one in candidates if one.figures is not None]
    placed = [
        one
        if one.figures is None
        else one.model_copy(
            update={
                "within_limit": 100 * one.figures.wer_loss <= config.max_wer_loss + 1e-9,
                "dominated": any(other.dominates(one.figures) for other in figures),
            }
        )
        for one in candidates
    ]
    best = _best(placed, config.as_fast)
    return [one.model_copy(update={"chosen": one is best}) for one in placed]


def _best(placed: Sequence[ExportCandidate], as_fast: float) -> ExportCandidate | None:
    allowed = [
        (one.figures, one)
        for one in placed
        if one.figures is not None and one.within_limit and not one.dominated
    ]
    if not allowed:
        return None
    fastest = min(figures.real_time_factor for figures, _ in allowed)
    equal = [pair for pair in allowed if pair[0].real_time_factor <= fastest * (1 + as_fast)]
    return min(equal, key=lambda pair: (pair[0].size_mb, pair[0].wer))[1]


def keep_chosen(artifact: Path, out: Path, choice: ExportChoice) -> Path:
    """Copy an artifact to ``out``, served in the chosen precision, with the table of the choice.

    Of the served head fp32 stays beside it: later versions and other hardware are measured
    against it. A head that is not served keeps all of its exports.

    Raises:
        ArtifactError: the artifact is missing or damaged.
        ValueError: no export could be run at all.
    """
    description = read_description(artifact)
    served = choice.stand_in
    with new_directory(out) as unfinished:
        shutil.copytree(artifact, unfinished, dirs_exist_ok=True)
        for precision in description.exported():
            if precision not in (served, Precision.FP32):
                _remove(unfinished / description.weights(precision), unfinished)
        (unfinished / EXPORTS_FILE).write_text(choice.model_dump_json(indent=1), encoding="utf-8")
        seal(unfinished, description.model_copy(update={"precision": served}))
    return out


def read_choice(artifact: Path) -> ExportChoice | None:
    """The table that the artifact was chosen by; None where it was exported without one.

    Raises:
        ArtifactError: the table is damaged.
    """
    path = artifact / EXPORTS_FILE
    if not path.is_file():
        return None
    try:
        return ExportChoice.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ArtifactError(f"{path}: not a table of exports: {error}") from error


def made_for(artifact: Path) -> Device:
    """Where the artifact's precision was timed, and so is served; the CPU without a choice.

    Raises:
        ArtifactError: the table of the choice is damaged.
    """
    choice = read_choice(artifact)
    return choice.device if choice is not None else Device.CPU


def _remove(weights: Path, artifact: Path) -> None:
    """An encoder, or the folder of an attention head."""
    if weights.parent == artifact:
        weights.unlink()
    else:
        shutil.rmtree(weights.parent)
