"""Early stopping: ends a stage when dev stops improving, and keeps its best weights."""

from pathlib import Path
from typing import Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ovoz.model.checkpoint import Checkpoint, save_checkpoint

_FIGURE: Final = "eval_cer"


class EarlyStopping(TrainerCallback):
    """Stops after ``patience`` evaluations in a row without a lower character error rate.

    Earlier evaluations come from the trainer's history, which survives a resumed run.

    Args:
        patience: Evaluations without a gain that end the stage.
        trained: The checkpoint in training.
        best: Folder of the best weights so far.
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
        """Keep the weights if they are the best; stop if the best are too long ago."""
        rates = [entry[_FIGURE] for entry in state.log_history if _FIGURE in entry]
        since_best = len(rates) - 1 - rates.index(min(rates))
        if since_best == 0 and state.is_world_process_zero:
            save_checkpoint(self._trained, self._best)
        control.should_training_stop |= since_best >= self._patience
