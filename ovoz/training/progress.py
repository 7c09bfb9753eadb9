"""Progress bar of a training stage."""

from contextlib import ExitStack
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ovoz.progress import progress_bar
from ovoz.training.arithmetic import Arithmetic


class StageProgress(TrainerCallback):
    """Shows a bar with the arithmetic, the last loss and the last development figures."""

    def __init__(self, stage: str, arithmetic: Arithmetic) -> None:
        self._title = f"train {stage} ({arithmetic})"
        self._figures: dict[str, str] = {}
        self._open = ExitStack()

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Start at the resumed step."""
        self._show = self._open.enter_context(progress_bar(self._title, transient=False))
        self._update(state)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Move the bar."""
        self._update(state)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the newest loss and figures."""
        for name, value in (logs or {}).items():
            if name == "loss":
                self._figures["loss"] = f"loss {value:.3f}"
            elif name in ("eval_cer", "eval_wer"):
                self._figures[name] = f"{name.removeprefix('eval_').upper()} {100 * value:.1f} %"
        self._update(state)

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Leave the last figures on the screen."""
        self._open.close()

    def _update(self, state: TrainerState) -> None:
        note = "  ".join(self._figures[name] for name in sorted(self._figures))
        self._show(state.global_step, state.max_steps, note)
