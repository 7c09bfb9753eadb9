"""Learning curve of a run: the curves of its stages, one after the other."""

from pydantic import BaseModel, ConfigDict

from ovoz.files import file_sha256
from ovoz.model.checkpoint import WEIGHTS_FILE
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.stage_result import CurvePoint, StageResult


class RunCurvePoint(CurvePoint):
    """Figures at one step, counted over all stages of a run."""

    stage: str


class TrainedStage(BaseModel):
    """A stage as later readers know it; ``weights`` is the SHA-256 of what it ended with."""

    model_config = ConfigDict(frozen=True)

    stage: str
    arithmetic: Arithmetic
    weights: str


class LearningCurve(BaseModel):
    """The curves of the stages so far; ``steps`` is the sum of their steps."""

    model_config = ConfigDict(frozen=True)

    points: tuple[RunCurvePoint, ...] = ()
    steps: int = 0
    stages: tuple[TrainedStage, ...] = ()
    """Empty in artifacts from before stages were recorded."""

    @property
    def dev_wer(self) -> list[tuple[float, float]]:
        """Step and word error rate on dev, wherever it was measured."""
        return [(point.step, point.dev_wer) for point in self.points if point.dev_wer is not None]

    def append(self, stage: StageResult) -> "LearningCurve":
        """The curve continued by ``stage``, whose weights are read."""
        points = (
            RunCurvePoint(
                stage=stage.stage, **point.model_dump() | {"step": self.steps + point.step}
            )
            for point in stage.curve
        )
        trained = TrainedStage(
            stage=stage.stage,
            arithmetic=stage.arithmetic,
            weights=file_sha256(stage.checkpoint / WEIGHTS_FILE),
        )
        return LearningCurve(
            points=(*self.points, *points),
            steps=self.steps + stage.steps,
            stages=(*self.stages, trained),
        )
