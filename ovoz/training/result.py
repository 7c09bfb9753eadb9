"""What a stage leaves behind."""

import os
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from ovoz.audio.signal import Seconds

RESULT_FILE: Final = "result.json"


class CurvePoint(BaseModel):
    """Figures at one optimizer step; what was not measured there is None. Rates are fractions."""

    model_config = ConfigDict(frozen=True)

    step: int
    loss: float | None = None
    learning_rate: float | None = None
    dev_loss: float | None = None
    dev_cer: float | None = None
    dev_wer: float | None = None


class StageResult(BaseModel):
    """A finished stage.

    ``seconds`` counts the training of the last, unbroken run; ``data_wait_share`` is the part of
    it that steps spent waiting for data. ``audio_s`` is the audio of all draws of the stage, as
    recorded. ``dropped`` names utterances too fast for their frames
    or holding characters outside the alphabet.
    """

    model_config = ConfigDict(frozen=True)

    stage: str
    fingerprint: str
    checkpoint: Path
    steps: int
    seconds: Seconds
    data_wait_share: float
    audio_s: Seconds = 0.0
    curve: tuple[CurvePoint, ...]
    dropped: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write the result; with it a stage counts as finished."""
        unfinished = folder / f".{RESULT_FILE}.{os.getpid()}.tmp"
        unfinished.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        unfinished.replace(folder / RESULT_FILE)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The result in ``folder``, or None when the stage did not finish there."""
        path = folder / RESULT_FILE
        return cls.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None


class CoursePoint(CurvePoint):
    """Figures at one step of all stages together."""

    stage: str


class Course(BaseModel):
    """The learning curves of the stages so far, one behind the other; ``steps`` of them all."""

    model_config = ConfigDict(frozen=True)

    points: tuple[CoursePoint, ...] = ()
    steps: int = 0

    def then(self, stage: StageResult) -> "Course":
        """The same with the curve of a further stage."""
        further = (
            CoursePoint(stage=stage.stage, **point.model_dump() | {"step": self.steps + point.step})
            for point in stage.curve
        )
        return Course(points=(*self.points, *further), steps=self.steps + stage.steps)


def curve_of(history: list[dict[str, Any]]) -> tuple[CurvePoint, ...]:
    """Curve from the trainer's log, one point a step."""
    points: dict[int, dict[str, Any]] = {}
    names = {
        "loss": "loss",
        "learning_rate": "learning_rate",
        "eval_loss": "dev_loss",
        "eval_cer": "dev_cer",
        "eval_wer": "dev_wer",
    }
    for entry in history:
        known = {names[name]: value for name, value in entry.items() if name in names}
        if known:
            points.setdefault(entry["step"], {}).update(known)
    return tuple(CurvePoint(step=step, **point) for step, point in sorted(points.items()))
