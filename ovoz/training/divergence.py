"""Divergence: training stops at the first loss or weight that is not a finite number."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class DivergenceError(ArithmeticError):
    """A stage that diverges; the message names it, the step, the learning rate and the remedy."""

    def __init__(self, stage: str, step: int, learning_rate: float, what: str) -> None:
        super().__init__(
            f"stage {stage!r} diverges: {what} at step {step}, at a learning rate of"
            f" {learning_rate:.3g}: lower learning_rate or raise warmup_share of the stage"
        )


class DivergenceGuard(TrainerCallback):
    """Raises :class:`DivergenceError` before a loss or weights that are not finite are recorded.

    Both are looked at: with fp16 a step with such a loss leaves the weights as they are, and CTC
    takes an infinite loss for 0.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def check_loss(self, loss: Tensor, step: int, learning_rate: float) -> None:
        """Check the loss of one batch of ``step``, counted from 1."""
        if not math.isfinite(loss):
            raise DivergenceError(self._stage, step, learning_rate, f"the loss is {float(loss)}")

    def on_optimizer_step(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: nn.Module | None = None,
        optimizer: torch.optim.Optimizer | None = None,
        **kwargs: Any,
    ) -> None:
        """Check the weights that a step has changed, before they are evaluated or saved."""
        if model is None or optimizer is None:
            raise ValueError("transformers hands on the model and the optimizer")
        changed = [weight for weight in model.parameters() if weight.requires_grad]
        # The largest magnitude; one NaN makes it NaN.
        largest = torch.nn.utils.get_total_norm(changed, math.inf)
        if not math.isfinite(largest):
            rate = max(group["lr"] for group in optimizer.param_groups)
            raise DivergenceError(
                self._stage, state.global_step + 1, rate, "a weight is not finite"
            )
