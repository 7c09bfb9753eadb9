"""transformers' Trainer with planned batches, layer-wise rates and atomic checkpoints."""

import math
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from ovoz.training.batches import PlannedBatchSampler, UtteranceDraw
from ovoz.training.checkpoints import complete_checkpoint, list_checkpoints
from ovoz.training.config import StageConfig, TrainingConfig, TrainingPrecision
from ovoz.training.dataset import Batch, StageDataset, collate
from ovoz.training.dev_scorer import DevScorer
from ovoz.training.divergence import DivergenceGuard
from ovoz.training.objective import Objective
from ovoz.training.optimizer import group_parameters

CURVES: Final = "runs"
"""Folder of TensorBoard's events in that of the trainer; transformers chooses the name."""


class StageTrainer(Trainer):
    """Trains a network through one stage.

    Attributes:
        waited_s: Seconds that steps waited for data.
        audio_s: Seconds of audio in the plan.
    """

    def __init__(
        self,
        objective: Objective,
        arguments: TrainingArguments,
        stage: StageConfig,
        data: StageDataset,
        plan: list[list[UtteranceDraw]],
        scorer: DevScorer,
        callbacks: Sequence[TrainerCallback] = (),
        layer_decay: float = 1.0,
        head_rate: float = 1.0,
    ) -> None:
        self._stage = stage
        self._layer_decay = layer_decay
        self._head_rate = head_rate
        self._plan = plan
        self._data = data
        self._folder = Path(str(arguments.output_dir))
        self._scorer = scorer
        self.waited_s = 0.0
        self.audio_s = sum(data.duration_s(draw) for batch in plan for draw in batch)
        super().__init__(
            model=objective,
            args=arguments,
            train_dataset=data,
            eval_dataset=data,  # required, but unused: the scorer has its own utterances
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self._guard = DivergenceGuard(stage.name)
        self.add_callback(self._guard)

    def get_train_dataloader(self) -> Any:  # noqa: ANN401  # accelerate's wrapper is untyped
        """Loader of the planned batches; on resume, transformers skips those already seen."""
        workers = self.args.dataloader_num_workers
        loader = DataLoader(
            self._data,
            batch_sampler=PlannedBatchSampler(self._plan),
            collate_fn=collate,
            num_workers=workers,
            # A fork would keep a copy of the memory of this process: 10 GB after two stages.
            multiprocessing_context="forkserver" if workers else None,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

    def get_batch_samples(
        self,
        epoch_iterator: Iterator[Batch],
        num_batches: int,
        device: torch.device,
    ) -> tuple[list[Batch], None]:
        """Batches of one step; adds the time they took to ``waited_s``."""
        started = time.perf_counter()
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        self.waited_s += time.perf_counter() - started
        return batches, None

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Loss of a batch, after the backward pass.

        Raises:
            DivergenceError: It is not finite.
        """
        loss = super().training_step(*args, **kwargs)
        self._guard.check_loss(loss, self.state.global_step + 1, self._get_learning_rate())
        return loss

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """AdamW without weight decay of biases and normalization layers."""
        objective: Objective = model or self.accelerator.unwrap_model(self.model)  # type: ignore[assignment]
        groups = group_parameters(
            objective.network,
            {name.removeprefix("network.") for name in self.get_decay_parameter_names(objective)},
            self._stage.learning_rate,
            self.args.weight_decay,
            self._layer_decay,
            self._head_rate,
        )
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        return self.optimizer

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> LambdaLR:
        """The learning-rate schedule of the stage."""
        optimizer = optimizer or self.optimizer
        if optimizer is None:
            raise ValueError("create the optimizer before the scheduler")
        self.lr_scheduler = LambdaLR(
            optimizer,
            lambda step: learning_rate_share(step / num_training_steps, self._stage),
        )
        return self.lr_scheduler

    def evaluate(self, *_: object, **__: object) -> dict[str, float]:
        """Score the development utterances and log the figures."""
        objective: Objective = self.accelerator.unwrap_model(self.model)
        logged = self._scorer(objective, self.args.device).as_metrics()
        self.log(logged)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, logged
        )
        return logged

    def _get_output_dir(self, trial: object) -> str:
        """Folder of checkpoints that are not complete yet."""
        del trial
        return str(self._folder / "unfinished")

    def _save_checkpoint(self, model: nn.Module, trial: object) -> None:
        """Write a checkpoint under another name, then rename it, so that it appears complete."""
        folder = self._folder
        super()._save_checkpoint(model, trial)
        # Every process must have written its random state before the folder is renamed.
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            name = f"checkpoint-{self.state.global_step}"
            complete_checkpoint(folder / "unfinished" / name, folder / name)
            for older in list_checkpoints(folder)[: -(self.args.save_total_limit or 1)]:
                shutil.rmtree(older)
        self.accelerator.wait_for_everyone()


def learning_rate_share(progress: float, stage: StageConfig) -> float:
    """Share of the peak learning rate at ``progress`` in [0, 1] of a stage.

    A linear climb over ``warmup_share``, then a half cosine down to ``final_share``: one cycle
    (Smith, 2018), which several stages may share.
    """
    if progress < stage.warmup_share:
        return progress / stage.warmup_share
    falling = (progress - stage.warmup_share) / max(1 - stage.warmup_share, 1e-9)
    height = 0.5 * (1 + math.cos(math.pi * min(falling, 1.0)))
    return stage.final_share + (1 - stage.final_share) * height


def build_arguments(
    config: TrainingConfig,
    stage: StageConfig,
    precision: TrainingPrecision,
    steps: int,
    folder: Path,
    report_to: Sequence[str],
) -> TrainingArguments:
    """Transformers' arguments for ``steps`` optimizer steps; ``precision`` is not ``auto``."""
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        gradient_accumulation_steps=config.accumulate,
        learning_rate=stage.learning_rate,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_gradient_norm,
        bf16=precision is TrainingPrecision.BF16,
        fp16=precision is TrainingPrecision.FP16,
        full_determinism=config.deterministic,
        # The plan has a batch for every process at every step.
        accelerator_config={"even_batches": False},
        ddp_find_unused_parameters=False,
        use_cpu=not cuda,
        seed=config.seed,
        logging_steps=config.log_every,
        logging_nan_inf_filter=False,  # it would show a mean in their place
        eval_strategy="steps",
        eval_steps=config.evaluate_every,
        save_strategy="steps",
        save_steps=config.checkpoint_every,
        save_total_limit=config.keep_checkpoints,
        dataloader_num_workers=config.workers,
        dataloader_pin_memory=cuda,
        remove_unused_columns=False,
        label_names=["labels"],
        disable_tqdm=True,
        report_to=list(report_to) or "none",
        run_name=stage.name,
    )
