"""Compares the text and the log-probabilities of two engines over one CTC head."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from ovoz.audio.signal import Samples
from ovoz.decoding.ctc_path import LogProbs
from ovoz.engine.engine import Engine
from ovoz.engine.readers.ctc import CtcReader


class Difference(BaseModel):
    """One clip on which two engines disagree."""

    model_config = ConfigDict(frozen=True)

    clip: int
    trained: str
    exported: str


class Parity(BaseModel):
    """How closely an exported engine follows the trained one.

    ``text_equal_share`` in [0, 1]; ``max_abs_log_prob_difference`` in nats, over the symbols that
    the trained engine gives at least a probability of one percent.
    """

    model_config = ConfigDict(frozen=True)

    clips: int
    text_equal_share: float
    max_abs_log_prob_difference: float
    differences: tuple[Difference, ...]


def log_probs(engine: Engine, clip: Samples) -> LogProbs:
    """Log-probabilities [T, V] of a clip, by an engine that reads with CTC."""
    assert isinstance(engine.reader, CtcReader)
    return engine.reader.log_probs([clip])[0]


def parity(
    trained: Engine,
    exported: Engine,
    clips: Sequence[Samples],
    progress: Callable[[int, int], object] | None = None,
) -> Parity:
    """Compare two engines on ``clips`` (float32 [T] at 16 kHz), clip by clip.

    ``progress`` is called with the number of clips done and of all.

    Raises:
        ValueError: no clips, or the engines' log-probabilities differ in shape.
    """
    if not clips:
        raise ValueError("parity needs at least one clip")
    differences: list[Difference] = []
    furthest = 0.0
    for index, clip in enumerate(clips):
        before, after = (log_probs(engine, clip) for engine in (trained, exported))
        if before.shape != after.shape:
            raise ValueError(f"clip {index}: log-probabilities {before.shape} and {after.shape}")
        likely = before > np.log(0.01)
        furthest = max(furthest, float(np.abs(before - after)[likely].max(initial=0.0)))
        texts = [engine.transcribe([clip])[0].text for engine in (trained, exported)]
        if texts[0] != texts[1]:
            differences.append(Difference(clip=index, trained=texts[0], exported=texts[1]))
        if progress is not None:
            progress(index + 1, len(clips))
    return Parity(
        clips=len(clips),
        text_equal_share=1 - len(differences) / len(clips),
        max_abs_log_prob_difference=furthest,
        differences=tuple(differences),
    )
