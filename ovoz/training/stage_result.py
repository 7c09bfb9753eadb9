"""Result of a training stage, stored beside its checkpoint."""

from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from ovoz.audio.signal import Seconds
from ovoz.files import write_text
from ovoz.training.arithmetic import Arithmetic

RESULT_FILE: Final = "result.json"

_FIGURES: Final = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "eval_loss": "dev_loss",
    "eval_cer": "dev_cer",
    "eval_wer": "dev_wer",
}
"""Names in the trainer's log to those of a curve."""


class CurvePoint(BaseModel):
    """Figures at one optimizer step; None where not measured. Rates are fractions."""

    model_config = ConfigDict(frozen=True)

    step: int
    loss: float | None = None
    learning_rate: float | None = None
    dev_loss: float | None = None
    dev_cer: float | None = None
    dev_wer: float | None = None


class AlignedRows(BaseModel):
    """How many rows of a stage were aligned.

    Attributes:
        rows: Rows that the stage draws and rearranges.
        used: Those that phrases are cut out of.
        refused: Those whose score is too low. The others have no room for their text.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    used: int
    refused: int


class StageResult(BaseModel):
    """A finished stage.

    Attributes:
        stage: Name of the stage.
        fingerprint: Digest of everything that decides the weights.
        checkpoint: Folder of the trained network.
        arithmetic: What it was trained in.
        steps: Optimizer steps.
        seconds: Duration of the last, uninterrupted run.
        prepared_s: Duration of what comes before its first step, such as outputs of frozen layers.
        data_wait_share: Share of ``seconds`` that steps waited for data.
        audio_s: Audio of all draws, as recorded.
        curve: Figures over the steps.
        dropped: Ids of utterances with too few frames for their text or with characters outside
            the alphabet.
        aligned: How many rows gave phrases to a stage that rearranges.
    """

    model_config = ConfigDict(frozen=True)

    stage: str
    fingerprint: str
    checkpoint: Path
    arithmetic: Arithmetic
    steps: int
    seconds: Seconds
    prepared_s: Seconds = 0.0
    data_wait_share: float
    audio_s: Seconds = 0.0
    curve: tuple[CurvePoint, ...]
    dropped: tuple[str, ...] = ()
    aligned: AlignedRows | None = None

    def save(self, folder: Path) -> None:
        """Write the result; from then on the stage counts as finished."""
        write_text(folder / RESULT_FILE, self.model_dump_json(indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The result in ``folder``, or None when no stage finished there."""
        path = folder / RESULT_FILE
        return cls.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None


def parse_log(history: list[dict[str, Any]]) -> tuple[CurvePoint, ...]:
    """Curve of a stage from the trainer's log, one point per step."""
    points: dict[int, dict[str, Any]] = {}
    for entry in history:
        known = {_FIGURES[name]: value for name, value in entry.items() if name in _FIGURES}
        if known:
            points.setdefault(entry["step"], {}).update(known)
    return tuple(CurvePoint(step=step, **point) for step, point in sorted(points.items()))
