"""Rows of a stage: which can be learned, which are scored, and in which batches they come."""

import math
from collections.abc import Sequence

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Condition, Split, Utterance
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.features import LogMelConfig
from ovoz.model.tokenizer import TokenizerError
from ovoz.training.batches import UtteranceDraw, plan_batches
from ovoz.training.config import StageConfig, TrainingConfig
from ovoz.training.selection import compute_draw_weight
from ovoz.training.targets import TargetEncoder


def plan_stage(
    stage: StageConfig, config: TrainingConfig, rows: Sequence[Utterance], features: LogMelConfig
) -> list[list[UtteranceDraw]]:
    """Plan the batches of the stage; every step takes one per process and accumulation.

    Raises:
        ValueError: The stage draws no row, or its epochs give less than one step.
    """
    batches_per_step = config.accumulate * config.processes
    plan = plan_batches(
        [features.count_frames(round(row.duration_s * SAMPLE_RATE)) for row in rows],
        [
            compute_draw_weight(row, stage.select, stage.language_weights, stage.mixture)
            for row in rows
        ],
        stage.steps and stage.steps * batches_per_step,
        config.batch_frames,
        config.seed,
        epochs=stage.epochs or math.inf,
        shortest_first=stage.shortest_first,
    )
    if len(plan) < batches_per_step:
        raise ValueError(
            f"stage {stage.name!r}: {len(plan)} batches are less than one step of"
            f" {batches_per_step}: give it more epochs, or smaller batches"
        )
    return plan[: len(plan) // batches_per_step * batches_per_step]


def can_learn(checkpoint: Checkpoint, utterance: Utterance) -> bool:
    """Whether the heads of the network can learn the text of an utterance.

    There must be one, of known characters, and it must fit into the sound.
    """
    encoder = TargetEncoder.of(checkpoint)
    try:
        targets = encoder.encode(utterance.text)
    except TokenizerError:
        return False
    samples = round(utterance.duration_s * SAMPLE_RATE)
    return bool(utterance.text) and encoder.fits(targets, samples)


def sample_dev(rows: Sequence[Utterance], limit: int) -> list[Utterance]:
    """At most ``limit`` clean development rows, spread evenly over languages and speakers.

    Raises:
        ValueError: There are none.
    """
    dev = [row for row in rows if row.split is Split.DEV and row.condition is Condition.CLEAN]
    if not dev:
        raise ValueError("no clean development rows: the manifest needs a dev split")
    ordered = sorted(dev, key=lambda row: (row.languages, row.speaker, row.id))
    chosen = np.linspace(0, len(ordered) - 1, min(limit, len(ordered))).round().astype(int)
    return [ordered[index] for index in dict.fromkeys(chosen.tolist())]
