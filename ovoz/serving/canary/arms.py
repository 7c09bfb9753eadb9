"""Two models that are compared: each looks like any other to those whom it answers."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ovoz.canary.policy import CanaryPolicy
from ovoz.decoding.hot_words import HotWordsError
from ovoz.engine.transcript import Transcript
from ovoz.serving.canary.counting import FAILED, Counting, describe_answer
from ovoz.serving.inference.model import Model, ModelInfo
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.telemetry import metrics

_LOG: Final = logging.getLogger(__name__)

Answers = list[Transcript | HotWordsError]
Offer = Callable[[RecognitionRequest, Transcript], None]


@dataclass(frozen=True, eq=False)
class CanaryArm:
    """The canary; production reads what it fails on, so its faults are counted and heard by nobody.

    Every transcript names the version that wrote it.
    """

    canary: Model
    production: Model
    counting: Counting
    policy: CanaryPolicy

    @property
    def info(self) -> ModelInfo:
        """That of the canary."""
        return self.canary.info

    @property
    def batch_frames(self) -> int:
        """As much as suits the canary."""
        return self.canary.batch_frames

    def transcribe_all(self, batch: Sequence[RecognitionRequest]) -> Answers:
        """As :meth:`ovoz.serving.inference.model.Model.transcribe_all`."""
        try:
            answers = self.canary.transcribe_all(batch)
        except Exception as error:
            _LOG.exception("the canary failed with %s; production reads", type(error).__name__)
            metrics.CANARY_FAULTS.inc(len(batch))
            for _ in range(_counted(batch)):
                self.counting.add_request(FAILED, of_canary=True)
            return self.production.transcribe_all(batch)
        for _, transcript in _finished(batch, answers):
            self.counting.add_request(describe_answer(transcript, self.policy), of_canary=True)
        return answers


@dataclass(frozen=True, eq=False)
class ProductionArm:
    """The version in production, counted; ``offer`` takes copies for the canary instead."""

    production: Model
    counting: Counting
    policy: CanaryPolicy
    offer: Offer | None = None

    @property
    def info(self) -> ModelInfo:
        """That of production."""
        return self.production.info

    @property
    def batch_frames(self) -> int:
        """As much as suits production."""
        return self.production.batch_frames

    def transcribe_all(self, batch: Sequence[RecognitionRequest]) -> Answers:
        """As :meth:`ovoz.serving.inference.model.Model.transcribe_all`."""
        try:
            answers = self.production.transcribe_all(batch)
        except Exception:
            if self.offer is None:
                for _ in range(_counted(batch)):
                    self.counting.add_request(FAILED, of_canary=False)
            raise
        for request, transcript in _finished(batch, answers):
            if self.offer is not None:
                self.offer(request, transcript)
            else:
                self.counting.add_request(describe_answer(transcript, self.policy), of_canary=False)
        return answers


def _counted(batch: Sequence[RecognitionRequest]) -> int:
    """Drafts of streams are read by the dozen for one sentence, and are not counted."""
    return sum(not request.options.draft for request in batch)


def _finished(
    batch: Sequence[RecognitionRequest], answers: Answers
) -> list[tuple[RecognitionRequest, Transcript]]:
    return [
        (request, answer)
        for request, answer in zip(batch, answers, strict=True)
        if isinstance(answer, Transcript) and not request.options.draft
    ]
