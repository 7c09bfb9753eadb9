"""End a stage when dev no longer gets better, and keep the best weights it had."""

from pathlib import Path
from typing import Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ovoz.model.checkpoint import Checkpoint, save_checkpoint

_FIGURE: Final = "eval_cer"


class EarlyStopping(TrainerCallback):
    """Stops after ``patience`` evaluations in a row without a lower character error rate.

    What was evaluated is read from the trainer's own history, which a resumed run has too.

    Args:
        patience: Evaluations without a gain that end the stage.
        trained: What is trained.
        best: Folder for the best weights so far.
    """

    def __init__(self, patience: int, trained: Checkpoint, best: Path) -> None:
        self._patience = patience
        self._trained = trained
        self._best = best

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Keep the weights if they are the best, stop if the best is too long ago."""
        rates = [entry[_FIGURE] for entry in state.log_history if _FIGURE in entry]
        since_best = len(rates) - 1 - rates.index(min(rates))
        if since_best == 0 and state.is_world_process_zero:
            save_checkpoint(self._trained, self._best)
        control.should_training_stop |= since_best >= self._patience
