"""One stage of the curriculum: from a checkpoint (or nothing) to a checkpoint."""

import logging
import math
import shutil
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from transformers import TrainerCallback

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Condition, Split, Utterance
from ovoz.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ovoz.model.config import CONV_STRIDE
from ovoz.model.features import LogMelConfig
from ovoz.model.start import start_network
from ovoz.model.tokenizer import CharTokenizer, TokenizerError
from ovoz.training.batches import Draw, plan_batches
from ovoz.training.config import StageConfig, TrainingConfig
from ovoz.training.dataset import AudioCache, StageDataset, targets
from ovoz.training.early_stopping import EarlyStopping
from ovoz.training.fingerprint import stage_fingerprint
from ovoz.training.objective import Objective
from ovoz.training.progress import RichProgress
from ovoz.training.result import StageResult, curve_of
from ovoz.training.scoring import GreedyScorer
from ovoz.training.selection import draw_weight
from ovoz.training.trainer import StageTrainer, checkpoints, training_arguments

_BEST: Final = "best"

_log = logging.getLogger(__name__)


def train_stage(
    stage: StageConfig,
    config: TrainingConfig,
    utterances: Sequence[Utterance],
    root: Path,
    work_dir: Path,
    init: Path | None,
    *,
    tokenizer: CharTokenizer | None = None,
    report_to: Sequence[str] = (),
    callbacks: Sequence[TrainerCallback] = (),
) -> StageResult:
    """Train one stage, or take up one that was killed, or return the one already finished.

    Args:
        stage: What this stage does.
        config: Settings of all stages.
        utterances: Manifest rows; ``train`` rows are trained on, ``dev`` rows are scored.
        root: Folder that the rows' audio paths are relative to.
        work_dir: Where unfinished and finished stages live, one folder each.
        init: Checkpoint to start from; None builds ``config.network`` anew.
        tokenizer: Classes of a new network; a checkpoint brings its own.
        report_to: transformers' names of trackers, such as ``mlflow`` and ``tensorboard``.
        callbacks: Further transformers callbacks.

    Returns:
        The result; its checkpoint and figures are complete on disk.

    Raises:
        ValueError: No training or development rows, or neither ``init`` nor ``tokenizer``.
        CheckpointError: ``init`` holds no usable checkpoint.
    """
    start = _start(config, init, tokenizer)
    rows = [one for one in utterances if one.split in (Split.TRAIN, Split.DEV)]
    fingerprint = stage_fingerprint(stage, config, rows, start.tokenizer, init)
    folder = work_dir / f"{stage.name}-{fingerprint[:12]}"
    finished = StageResult.load(folder)
    if finished is not None and finished.fingerprint == fingerprint:
        _log.info("stage %s is finished already: %s", stage.name, folder)
        return finished.model_copy(update={"checkpoint": folder / "checkpoint"})
    trainer, dropped = _trainer(stage, config, rows, root, folder, start, report_to, callbacks)
    seconds = _run(trainer, folder / "trainer")
    result = StageResult(
        stage=stage.name,
        fingerprint=fingerprint,
        checkpoint=folder / "checkpoint",
        steps=trainer.state.global_step,
        seconds=seconds,
        data_wait_share=trainer.waited_s / max(seconds, 1e-9),
        audio_s=trainer.audio_s,
        curve=curve_of(trainer.state.log_history),
        dropped=dropped,
    )
    if trainer.is_world_process_zero():
        _finish(result, start if config.patience is None else load_checkpoint(folder / _BEST))
    trainer.accelerator.wait_for_everyone()
    return result


def _finish(result: StageResult, trained: Checkpoint) -> None:
    """Write what the stage leaves behind, and remove what it no longer needs."""
    save_checkpoint(trained, result.checkpoint)
    folder = result.checkpoint.parent
    result.save(folder)
    for name in ("trainer", _BEST):
        shutil.rmtree(folder / name, ignore_errors=True)


def _start(
    config: TrainingConfig, init: Path | None, tokenizer: CharTokenizer | None
) -> Checkpoint:
    """The network as the stage finds it; random weights depend on the seed alone."""
    start = load_checkpoint(init) if init is not None else _new(config, tokenizer)
    start.network.checkpoint_layers = config.checkpoint_layers
    adapter = start.network.config.adapter
    if adapter is not None and not adapter.train_base:
        start.network.freeze_base()
    return start


def _new(config: TrainingConfig, tokenizer: CharTokenizer | None) -> Checkpoint:
    if tokenizer is None:
        raise ValueError("a stage that starts from nothing needs a tokenizer")
    torch.manual_seed(config.seed)
    return start_network(config.network, tokenizer)


def _trainer(
    stage: StageConfig,
    config: TrainingConfig,
    rows: Sequence[Utterance],
    root: Path,
    folder: Path,
    start: Checkpoint,
    report_to: Sequence[str],
    callbacks: Sequence[TrainerCallback],
) -> tuple[StageTrainer, tuple[str, ...]]:
    """Everything put together, and the ids of rows that cannot be trained on."""
    features = start.network.config.features
    cache = AudioCache(root, features, config.cache_mb)
    wanted = [one for one in rows if one.split is Split.TRAIN]
    train = [one for one in wanted if fits(one, start)]
    dropped = tuple(sorted({one.id for one in wanted} - {one.id for one in train}))
    if dropped:
        _log.warning("stage %s leaves out %d rows: %s …", stage.name, len(dropped), dropped[:3])
    plan = _plan(stage, config, train, features)
    steps = len(plan) // (config.accumulate * config.processes)
    dev = dev_sample(rows, config.dev_utterances)
    watching: list[TrainerCallback] = [RichProgress(stage.name), *callbacks]
    if config.patience is not None:
        best = folder / _BEST
        watching.append(EarlyStopping(config.patience, start, best))
    trainer = StageTrainer(
        Objective(start.network, start.prompt, config.ctc_weight),
        training_arguments(config, stage, steps, folder / "trainer", report_to),
        stage,
        StageDataset(train, start, cache, stage, config.seed),
        plan,
        GreedyScorer(dev, start, cache, 4 * config.batch_frames),
        watching,
        layer_decay=config.layer_decay,
    )
    return trainer, dropped


def _plan(
    stage: StageConfig, config: TrainingConfig, rows: Sequence[Utterance], features: LogMelConfig
) -> list[list[Draw]]:
    """Batches of the stage; every step takes one for each process and accumulation.

    Raises:
        ValueError: The stage draws no row, or its epochs make less than one step.
    """
    together = config.accumulate * config.processes
    plan = plan_batches(
        [features.frames(round(one.duration_s * SAMPLE_RATE)) for one in rows],
        [draw_weight(one, stage.select, stage.language_weights, stage.mixture) for one in rows],
        stage.steps and stage.steps * together,
        config.batch_frames,
        config.seed,
        epochs=stage.epochs or math.inf,
        shortest_first=stage.shortest_first,
    )
    if len(plan) < together:
        raise ValueError(
            f"stage {stage.name!r}: {len(plan)} batches are less than one step of {together}:"
            " give it more epochs, or smaller batches"
        )
    return plan[: len(plan) // together * together]


def _run(trainer: StageTrainer, folder: Path) -> float:
    """Train from the last complete checkpoint to the end; returns the seconds of this run."""
    last = checkpoints(folder)[-1:]
    started = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(last[0]) if last else None)
    return time.perf_counter() - started


def fits(utterance: Utterance, start: Checkpoint) -> bool:
    """Whether the network's heads can learn the text.

    Its characters must be known. For CTC its labels, with a blank between doubled ones, must be no
    more than the output frames; for attention its tokens no more than the head can write.
    """
    try:
        labels, tokens = targets(start, utterance.text)
    except TokenizerError:
        return False
    config = start.network.config
    frames = config.features.frames(round(utterance.duration_s * SAMPLE_RATE)) // CONV_STRIDE
    doubled = sum(left == right for left, right in pairwise(labels))
    written = len(tokens) <= config.attention.max_tokens
    return bool(utterance.text) and len(labels) + doubled <= frames and written


def dev_sample(rows: Sequence[Utterance], limit: int) -> list[Utterance]:
    """At most ``limit`` clean development rows, spread evenly over languages and speakers.

    Raises:
        ValueError: There are none.
    """
    dev = [one for one in rows if one.split is Split.DEV and one.condition is Condition.CLEAN]
    if not dev:
        raise ValueError("no clean development rows: the manifest needs a dev split")
    ordered = sorted(dev, key=lambda one: (one.languages, one.speaker, one.id))
    chosen = np.linspace(0, len(ordered) - 1, min(limit, len(ordered))).round().astype(int)
    return [ordered[index] for index in dict.fromkeys(chosen.tolist())]
