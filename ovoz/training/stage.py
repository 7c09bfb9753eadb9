"""Trains one stage of the curriculum, from a checkpoint or from nothing."""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from transformers import TrainerCallback

from ovoz.audio.augment import RecordedSounds
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.sounds import SoundsConfig, digest_sounds, load_sounds
from ovoz.model.checkpoint import WEIGHTS_FILE, Checkpoint, load_checkpoint, save_checkpoint
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.checkpoints import find_whole_checkpoint
from ovoz.training.config import StageConfig, TrainingConfig
from ovoz.training.dataset import StageDataset
from ovoz.training.dev_scorer import DevScorer
from ovoz.training.early_stopping import EarlyStopping
from ovoz.training.fingerprint import stage_fingerprint
from ovoz.training.inputs import prepare_inputs
from ovoz.training.job import StageJob
from ovoz.training.objective import Objective
from ovoz.training.progress import StageProgress
from ovoz.training.rows import can_learn, plan_stage, sample_dev
from ovoz.training.selection import select_trained
from ovoz.training.stage_result import AlignedRows, StageResult, parse_log
from ovoz.training.targets import TargetEncoder
from ovoz.training.trainer import CURVES, StageTrainer, build_arguments

_BEST: Final = "best"
_RESULT: Final = "checkpoint"
_TRAINER: Final = "trainer"

_NO_SOUNDS: Final = SoundsConfig()

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
    sounds: SoundsConfig = _NO_SOUNDS,
    sounds_dir: Path | None = None,
) -> StageResult:
    """Train one stage, resume it after a kill, or return its result if it is finished.

    Args:
        stage: Settings of this stage.
        config: Settings of all stages.
        utterances: Manifest rows; the network is trained on ``train`` and scored on ``dev``.
        root: Folder that the rows' audio paths are relative to.
        work_dir: Folder of all stages, with one folder each.
        init: Checkpoint to start from; None for a new network of ``config.network``.
        tokenizer: Of a new network; a checkpoint has its own.
        report_to: Trackers by transformers' names, such as ``mlflow`` and ``tensorboard``.
        callbacks: Further callbacks of transformers.
        sounds: Recordings of noise and rooms for augmentation.
        sounds_dir: Folder of the decoded ones; by default below ``work_dir``.

    Returns:
        The result; checkpoint and figures are on disk.

    Raises:
        ValueError: No training or development rows, or neither ``init`` nor ``tokenizer``.
        SoundsError: The recordings of noise or rooms cannot be used.
        CheckpointError: ``init`` holds no usable checkpoint.
        RearrangementError: The stage is to rearrange, and its start aligns no row.
        DivergenceError: A loss or a weight is not finite; there is no result then.
        ArithmeticMismatchError: The stage was started in an arithmetic that this machine lacks.
    """
    start = _load_start(config, init, tokenizer)
    rows = select_trained(utterances)
    fingerprint = stage_fingerprint(stage, config, rows, start.tokenizer, init, sounds)
    folder = work_dir / f"{stage.name}-{fingerprint[:12]}"
    if (finished := _load_finished(folder, fingerprint)) is not None:
        _log.info("stage %s is already finished: %s", stage.name, folder)
        return finished
    job = StageJob(
        stage, config, rows, root, folder, start, fingerprint,
        *_load_recorded(stage, sounds, sounds_dir or work_dir / "sounds"),
    )  # fmt: skip
    return _train(job, report_to, callbacks)


def _load_recorded(
    stage: StageConfig, sounds: SoundsConfig, folder: Path
) -> tuple[RecordedSounds, str]:
    """The recordings of noise and rooms that a stage hears, and their digest."""
    if not stage.uses_sounds:
        return RecordedSounds(), ""
    return load_sounds(sounds, Split.TRAIN, folder).recorded, digest_sounds(sounds)


def _load_finished(folder: Path, fingerprint: str) -> StageResult | None:
    """The result of a stage in its folder, as far as its weights are there."""
    finished = StageResult.load(folder)
    if finished is None or finished.fingerprint != fingerprint:
        return None
    if not (folder / _RESULT / WEIGHTS_FILE).is_file():
        _log.warning("%s: the weights of the stage are gone: it is trained again", folder)
        return None
    return finished.model_copy(update={"checkpoint": folder / _RESULT})


def _finish(result: StageResult, trained: Checkpoint) -> None:
    """Write checkpoint and result; of what only an unfinished stage needs, keep its curves."""
    save_checkpoint(trained, result.checkpoint)
    folder = result.checkpoint.parent
    result.save(folder)
    if (curves := folder / _TRAINER / CURVES).is_dir():
        shutil.copytree(curves, folder / CURVES, dirs_exist_ok=True)
    for name in (_TRAINER, _BEST):
        shutil.rmtree(folder / name, ignore_errors=True)


def _load_start(
    config: TrainingConfig, init: Path | None, tokenizer: CharTokenizer | None
) -> Checkpoint:
    """The checkpoint that the stage starts from; random weights depend only on the seed."""
    if init is not None:
        start = load_checkpoint(init)
    elif tokenizer is not None:
        torch.manual_seed(config.seed)
        start = initialize_network(config.network, tokenizer)
    else:
        raise ValueError("a stage that starts from nothing needs a tokenizer")
    start.network.checkpoint_layers = config.checkpoint_layers
    start.network.set_dropout(config.dropout)
    adapter = start.network.config.adapter
    if adapter is not None and not adapter.train_base:
        start.network.freeze_base()
    if config.freeze is not None:
        start.network.freeze_lower(config.freeze.layers)
    return start


def _train(
    job: StageJob, report_to: Sequence[str], callbacks: Sequence[TrainerCallback]
) -> StageResult:
    """Train from the last whole checkpoint to the end, and write the result."""
    weights = sum(one.numel() for one in job.start.network.parameters())
    arithmetic = Arithmetic.settle(job.config, weights, job.folder)
    asked = time.perf_counter()
    with arithmetic.applied():
        trainer, dropped, aligned = _build_trainer(job, arithmetic, report_to, callbacks)
        last = find_whole_checkpoint(job.folder / _TRAINER)
        started = time.perf_counter()
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        seconds = time.perf_counter() - started
    result = StageResult(
        stage=job.stage.name,
        fingerprint=job.fingerprint,
        checkpoint=job.folder / _RESULT,
        arithmetic=arithmetic,
        steps=trainer.state.global_step,
        seconds=seconds,
        prepared_s=started - asked,
        data_wait_share=trainer.waited_s / max(seconds, 1e-9),
        audio_s=trainer.audio_s,
        curve=parse_log(trainer.state.log_history),
        dropped=dropped,
        aligned=aligned,
    )
    if trainer.is_world_process_zero():
        stopped_early = job.config.patience is not None
        _finish(result, load_checkpoint(job.folder / _BEST) if stopped_early else job.start)
    trainer.accelerator.wait_for_everyone()
    return result


def _build_trainer(
    job: StageJob,
    arithmetic: Arithmetic,
    report_to: Sequence[str],
    callbacks: Sequence[TrainerCallback],
) -> tuple[StageTrainer, tuple[str, ...], AlignedRows | None]:
    """The trainer of a stage, the ids of rows that it cannot learn, and how many are aligned."""
    stage, config, start = job.stage, job.config, job.start
    candidates = [row for row in job.rows if row.split is Split.TRAIN]
    train = [row for row in candidates if can_learn(start, row)]
    dropped = tuple(sorted({row.id for row in candidates} - {row.id for row in train}))
    if dropped:
        _log.warning("stage %s omits %d rows: %s …", stage.name, len(dropped), dropped[:3])
    plan = plan_stage(stage, config, train, start.network.config.features)
    steps = len(plan) // (config.accumulate * config.processes)
    dev = sample_dev(job.rows, config.dev_utterances)
    folder = job.folder / _TRAINER
    arguments = build_arguments(config, stage, arithmetic.precision, steps, folder, report_to)
    inputs = prepare_inputs(job, train, dev, plan, arithmetic, arguments.distributed_state)
    all_callbacks: list[TrainerCallback] = [StageProgress(stage.name, arithmetic), *callbacks]
    if config.patience is not None:
        all_callbacks.append(EarlyStopping(config.patience, start, job.folder / _BEST))
    trainer = StageTrainer(
        Objective(start.network, start.prompt, config.ctc_weight, inputs.frozen_layers),
        arguments,
        stage,
        StageDataset(train, TargetEncoder.of(start), inputs.train),
        plan,
        DevScorer(dev, start, inputs.dev, 4 * config.batch_frames // inputs.frames_per_column),
        all_callbacks,
        layer_decay=config.layer_decay,
        head_rate=config.head_rate,
    )
    return trainer, dropped, inputs.aligned
